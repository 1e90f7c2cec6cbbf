// One live stream of events that comes back by itself and says how it is.

const types = [
  "task.created.v1", "task.edited.v1", "analysis.progressed.v1", "analysis.completed.v1", "analysis.failed.v1",
  "feedback.recorded.v1", "rollout.changed.v1",
];

/**
 * `onState("connecting" | "live" | "reconnecting" | "offline")`, `onEvent(data)`, and `onReconnect()` each time the
 * stream is back after a break or the server says `reset`: events may have been missed, so what is shown must be
 * fetched again.
 */
export class LiveStream {
  #url;
  #handlers;
  #source = null;
  #retry = null;
  #failures = 0;
  #wasOpen = false;
  #online = () => this.#again();
  #offline = () => this.#handlers.onState?.("offline");

  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
    window.addEventListener("online", this.#online);
    window.addEventListener("offline", this.#offline);
    handlers.onState?.("connecting");
    this.#open();
  }

  close() {
    window.removeEventListener("online", this.#online);
    window.removeEventListener("offline", this.#offline);
    clearTimeout(this.#retry);
    this.#source?.close();
    this.#source = null;
  }

  #open() {
    const source = new EventSource(this.#url);
    this.#source = source;
    source.addEventListener("open", () => {
      this.#failures = 0;
      this.#handlers.onState?.("live");
      if (this.#wasOpen) this.#handlers.onReconnect?.();
      this.#wasOpen = true;
    });
    source.addEventListener("error", () => {
      if (this.#source !== source) return;
      this.#handlers.onState?.(navigator.onLine ? "reconnecting" : "offline");
      // The browser reconnects after a broken connection, but not after an answer that is no stream (a 502, say).
      if (source.readyState !== EventSource.CLOSED) return;
      const seconds = Math.min(30, 2 ** this.#failures++);
      this.#retry = setTimeout(() => this.#again(), 1000 * seconds * (0.5 + Math.random() / 2));
    });
    const receive = (event) => {
      let data;
      try {
        data = JSON.parse(event.data);
      } catch (error) {
        console.warn("an event that is no JSON was left out", event.lastEventId);
        return;
      }
      this.#handlers.onEvent?.({ type: event.type, ...data });
    };
    for (const type of types) source.addEventListener(type, receive);
    // The server lost count of what this stream has seen.
    source.addEventListener("reset", () => this.#handlers.onReconnect?.());
  }

  #again() {
    clearTimeout(this.#retry);
    if (this.#source?.readyState === EventSource.OPEN) return;
    this.#source?.close();
    this.#wasOpen = true;
    this.#open();
  }
}
