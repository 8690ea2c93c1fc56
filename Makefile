# Everything one does with this checkout. `make` alone lists it.

PY := .venv/bin/python
XVFB := xvfb-run -a -s "-screen 0 1600x1200x24"
# The files with tests of a mark: to import the others takes longer than these tests do.
MARKED = $$(grep -rlE "mark\.$(1)\b" --include="test_*.py" tests)
ON_A_SCREEN := $(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname -s)),,$(XVFB))

.DEFAULT_GOAL := help
.PHONY: help run test lint format bench bench-peers bench-doc wheel bundle icons screenshots gallery maps notebook \
    contact-sheet docs panel-pages why-check grids soak fuzz fuzz-window lock clean setup-run setup-test
MAKEFLAGS += --no-builtin-rules

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

run: setup-run ## start the program; make run ARGS="--style dark" passes words on
	@exec $(PY) main.py $(ARGS)

# Stages go on after a failure, so that one run tells everything; a green run ends with pytest's own words. mypy takes
# half a minute of one core and runs beside the tests, which begin on one core where kernels are to be compiled.
test: setup-test ## check style, types and imports, then run every test
	@failed=; \
	note() { failed="$${failed:+$$failed, }$$1"; }; \
	check() { \
	    stage=$$1; shift; began=$$(date +%s); outcome=passed; \
	    "$$@" || { outcome=FAILED; note "$$stage"; }; \
	    echo "── $$stage: $$outcome in $$(($$(date +%s) - began)) s"; \
	}; \
	check "ruff check" .venv/bin/ruff check .; \
	check "ruff format" .venv/bin/ruff format --check .; \
	check "lint-imports" .venv/bin/lint-imports; \
	types=$$(mktemp); .venv/bin/mypy >"$$types" 2>&1 & typing=$$!; \
	echo "── tests without a screen"; \
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n auto --dist worksteal || note "tests"; \
	echo "── mypy"; \
	wait $$typing || note "mypy"; cat "$$types"; rm "$$types"; \
	echo "── tests that measure time"; \
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -m "alone and not soak" $(call MARKED,alone) || note "tests of time"; \
	echo "── tests in a real window"; \
	case "$$(uname -s)" in \
	    Darwin) QT_QPA_PLATFORM=cocoa $(PY) -m pytest -m window $(call MARKED,window) || note "window tests" ;; \
	    *) $(XVFB) env QT_QPA_PLATFORM=xcb $(PY) -m pytest -m window $(call MARKED,window) || note "window tests" ;; \
	esac; \
	if [ -n "$$failed" ]; then echo "Failed: $$failed"; exit 1; fi

lint: setup-test ## check style, types and imports only
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports

format: setup-test ## let ruff lay out and mend the code
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: setup-test ## measure every speed figure in one run; ARGS="--json FILE" keeps them
	$(ON_A_SCREEN) $(PY) main.py bench $(ARGS)

# The peers are large and the program does not need them: they get an environment of their own.
PEERS := .venv-peers

bench-peers: $(PEERS)/ready ## the same with PyTorch, scikit-learn, JAX and Dask measured beside it
	$(ON_A_SCREEN) $(PEERS)/bin/python main.py bench $(ARGS)

$(PEERS)/ready: requirements.lock requirements-peers.txt
	"$$(sh scripts/setup.sh python)" -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-peers.txt
	touch $@

# PyInstaller packs what it finds: an environment with nothing but the program.
BUNDLE := .venv-bundle

wheel: setup-test ## build the wheel and the source distribution into dist/
	$(PY) -m hatchling build -d dist

bundle: setup-test $(BUNDLE)/ready ## build a program of one folder in dist/initscope, and try it
	$(BUNDLE)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps \
	    --force-reinstall .
	$(BUNDLE)/bin/python -m PyInstaller --noconfirm --log-level WARN --workpath build/bundle scripts/shipping/bundle/initscope.spec
	$(ON_A_SCREEN) $(PY) scripts/shipping/bundle/smoke.py dist/initscope/initscope

$(BUNDLE)/ready: requirements.lock requirements-bundle.txt
	"$$(sh scripts/setup.sh python)" -m venv --clear $(BUNDLE)
	$(BUNDLE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BUNDLE)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bundle.txt
	touch $@

icons: setup-test ## draw the program's icon in the sizes that desktops look for
	QT_QPA_PLATFORM=offscreen $(PY) -m scripts.icons

bench-doc: setup-run ## put the figures of a JSON file into docs/performance.md: ARGS=FILE
	$(PY) -m scripts.performance_table $(ARGS)

screenshots: setup-test ## draw the pictures of the documentation anew
	$(XVFB) env QT_QPA_PLATFORM=xcb $(PY) -m scripts.screenshots $(ARGS)

gallery: setup-test ## draw the presets for docs/gallery.md anew
	$(PY) -m scripts.gallery

maps: setup-test ## train and draw the maps for docs/map.md anew
	$(PY) -m scripts.maps

notebook: setup-test ## run docs/from-python.ipynb again, and keep what its cells show
	$(PY) -m scripts.notebook

contact-sheet: setup-test ## draw every panel at many stds, activations and depths; ARGS="DIR" says where
	$(PY) -m scripts.contact_sheet $(ARGS)

why-check: setup-test ## judge what Why? says of 1,000 random runs, for docs/why.md
	$(PY) -m scripts.why_check --doc $(ARGS)

grids: setup-test ## run the cases of large grids that `make test` leaves out
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -n auto --dist worksteal -m grid $(ARGS)

soak: setup-test ## run the long tests that `make test` leaves out
	$(XVFB) env QT_QPA_PLATFORM=xcb $(PY) -m pytest -o faulthandler_timeout=0 -m soak $(ARGS)

fuzz: setup-test ## run the property tests on many more examples
	QT_QPA_PLATFORM=offscreen $(PY) -m pytest -m "hypothesis and not soak and not window" --hypothesis-profile=fuzz $(ARGS)

fuzz-window: setup-test ## use the window at random and tell every stall; ARGS="--minutes 6 --seed 1"
	$(ON_A_SCREEN) $(PY) -m tests.gui.fuzz_window $(ARGS)

# mkdocs has many packages that nothing else needs: it gets an environment of its own, too.
DOCS := .venv-docs

docs: $(DOCS)/ready ## build the site of the documentation into build/site, strictly: any dead link ends it
	NO_MKDOCS_2_WARNING=1 $(DOCS)/bin/python -m mkdocs build

$(DOCS)/ready: requirements-docs.lock
	"$$(sh scripts/setup.sh python)" -m venv --clear $(DOCS)
	$(DOCS)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-docs.lock
	touch $@

panel-pages: setup-test ## write docs/panels anew and draw its pictures; ARGS="loss" draws only that one
	$(PY) -m scripts.panel_pages $(ARGS)

# uv resolves for every platform and Python at once; it lives in a folder that is thrown away.
COMPILE := pip compile --universal --python-version 3.11 --generate-hashes --quiet \
    --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock: ## write the locks anew from pyproject.toml; ARGS="--upgrade" moves the versions on
	@set -eu; folder=$$(mktemp -d); trap 'rm -rf "$$folder"' EXIT; \
	"$$(sh scripts/setup.sh python)" -m venv "$$folder"; \
	"$$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv; \
	"$$folder/bin/uv" $(COMPILE) $(ARGS) pyproject.toml -o requirements.lock; \
	"$$folder/bin/uv" $(COMPILE) $(ARGS) pyproject.toml --group dev --extra cluster -c requirements.lock -o requirements-dev.lock; \
	"$$folder/bin/uv" $(COMPILE) $(ARGS) --group docs -o requirements-docs.lock

clean: ## remove caches and build output; .venv stays
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist *.egg-info
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +

setup-run:
	@sh scripts/setup.sh run

setup-test:
	@sh scripts/setup.sh test
