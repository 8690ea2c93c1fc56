"""Why a network behaves as it does: what its layers compute, what theory expects, what can be said in words."""
