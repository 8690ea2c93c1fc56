// Lets the search work in pages opened as files, where browsers start no workers: the worker's script runs in a hidden
// frame instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.frame = document.createElement("iframe")
      this.frame.hidden = true
      document.body.append(this.frame)
      const inside = this.frame.contentWindow
      window.addEventListener("message", (event) => {
        if (event.source === inside) {
          const passed = new MessageEvent("message", { data: event.data })
          this.dispatchEvent(passed)
          this.onmessage?.(passed)
        }
      })
      inside.importScripts = (...urls) =>
        urls.reduce((before, one) => before.then(() => loaded(inside, one)), Promise.resolve())
      inside.postMessage = (data) => inside.Function("parent", "data", "parent.postMessage(data, '*')")(window, data)
      this.ready = loaded(inside, url)
    }

    postMessage(data) {
      this.ready.then(() =>
        this.frame.contentWindow.dispatchEvent(
          new MessageEvent("message", { data, source: window })))
    }

    terminate() {
      this.frame.remove()
    }
  }

  function loaded(inside, url) {
    return new Promise((done, failed) => {
      const script = inside.document.createElement("script")
      script.src = new URL(url, document.baseURI)
      script.onload = done
      script.onerror = failed
      inside.document.body.append(script)
    })
  }
}
