// One live stream of events that comes back by itself and says how it is. Read with fetch rather than EventSource, which
// can't send who asks in a header.

import { callerHeaders } from "./api.js";

const types = new Set([
  "task.created.v1", "task.edited.v1", "analysis.progressed.v1", "analysis.completed.v1", "analysis.failed.v1",
  "feedback.recorded.v1", "task.erased.v1", "rollout.changed.v1",
]);

/** The server sends a comment every 15 s: three missed ones mean that it is gone. */
const silenceMilliseconds = 45_000;

/**
 * `onState("connecting" | "live" | "reconnecting" | "offline" | "refused")`, `onEvent(data)`, and `onReconnect()` each
 * time the stream is back after a break or the server says `reset`: events may have been missed, so what is shown must
 * be fetched again. After `refused` (no or bad credentials) it doesn't come back by itself.
 */
export class LiveStream {
  #url;
  #handlers;
  #controller = null;
  #retry = null;
  #retryMilliseconds = 1000;
  #failures = 0;
  #isOpen = false;
  #wasOpen = false;
  #lastID = "";
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
    const controller = this.#controller;
    this.#controller = null;
    controller?.abort();
  }

  async #open() {
    const controller = new AbortController();
    this.#controller = controller;
    this.#isOpen = false;
    let silence;
    const heard = () => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort(), silenceMilliseconds);
    };
    let wasRefused = false;
    try {
      heard();
      const headers = { Accept: "text/event-stream", ...callerHeaders() };
      if (this.#lastID) headers["Last-Event-ID"] = this.#lastID;
      const response = await fetch(this.#url, { headers, cache: "no-store", signal: controller.signal });
      wasRefused = response.status === 401 || response.status === 403;
      if (this.#controller !== controller) return;
      if (response.ok && response.headers.get("Content-Type")?.startsWith("text/event-stream")) {
        this.#opened();
        await this.#read(response.body, controller, heard);
      }
    } catch (error) {
      // A break like any other: what follows tries again.
    } finally {
      clearTimeout(silence);
      // What is left of an answer that is no stream.
      controller.abort();
    }
    if (this.#controller !== controller) return;
    if (wasRefused) return void this.#handlers.onState?.("refused");
    this.#handlers.onState?.(navigator.onLine ? "reconnecting" : "offline");
    const seconds = this.#isOpen ? 0 : Math.min(30, 2 ** this.#failures++);
    this.#isOpen = false;
    this.#retry = setTimeout(() => this.#again(), this.#retryMilliseconds + 1000 * seconds * (0.5 + Math.random() / 2));
  }

  #opened() {
    this.#isOpen = true;
    this.#failures = 0;
    this.#handlers.onState?.("live");
    if (this.#wasOpen) this.#handlers.onReconnect?.();
    this.#wasOpen = true;
  }

  /** Reads the lines of a stream (WHATWG HTML 9.2.6) until it ends. */
  async #read(body, controller, heard) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    let fields = { type: "", data: [] };
    for (;;) {
      const { value, done } = await reader.read();
      if (done || this.#controller !== controller) return;
      heard();
      const lines = (rest + value).split("\n");
      rest = lines.pop();
      for (const line of lines) {
        if (line === "") {
          this.#dispatch(fields);
          fields = { type: "", data: [] };
        } else {
          this.#take(line.endsWith("\r") ? line.slice(0, -1) : line, fields);
        }
      }
    }
  }

  #take(line, fields) {
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "event") fields.type = value;
    else if (name === "data") fields.data.push(value);
    else if (name === "id") this.#lastID = value;
    else if (name === "retry" && /^\d+$/.test(value)) this.#retryMilliseconds = Math.min(30_000, Number(value));
  }

  #dispatch({ type, data }) {
    if (data.length === 0) return;
    // The server lost count of what this stream has seen.
    if (type === "reset") return void this.#handlers.onReconnect?.();
    if (!types.has(type)) return;
    let event;
    try {
      event = JSON.parse(data.join("\n"));
    } catch (error) {
      console.warn("an event that is no JSON was left out", this.#lastID);
      return;
    }
    this.#handlers.onEvent?.({ type, ...event });
  }

  #again() {
    clearTimeout(this.#retry);
    if (this.#isOpen) return;
    const controller = this.#controller;
    if (!controller) return;
    this.#controller = null;
    controller.abort();
    this.#wasOpen = true;
    this.#open();
  }
}
