// The list of tasks: a line each, opened in place to see and answer the suggestion.

import { chips, suggestionPanel } from "./suggestion.js";
import { h, replaceKeeping, timeAgo } from "./dom.js";

/** What a task is doing, in one word; the words and not only the colour say it. */
export function statusPill(task, store) {
  const state = task.status === "analysing" && store.waiting(task.id) === "slow" ? "waiting" : task.status;
  const word = { analysing: "analysing…", analysed: "analysed", failed: "no analysis", waiting: "waiting for the analyzer" }[state] ?? state;
  return h("span", { class: `pill ${state}`, testid: "task-status" }, word);
}

function card(task, ui) {
  const isOpen = ui.isOpen(task.id);
  const panel = `panel-${task.id}`;
  return h("li", {
    class: `card task ${isOpen ? "is-open" : ""}`, tabindex: "-1", testid: "task",
    dataset: { id: task.id, status: task.status, revision: String(task.revision) },
  },
  h("div", { class: "task-head" },
    h("div", { class: "task-words" },
      h("a", { class: "task-title", href: `#/tasks/${encodeURIComponent(task.id)}`, testid: "task-link", "data-key": `${task.id}.title/link` }, task.title),
      h("p", { class: "task-meta" }, h("span", { class: "project" }, task.project), " · ", h("bdi", {}, task.author), " · ", timeAgo(task.created_at)),
      !isOpen && h("div", { class: "chips" }, task.status === "analysed" ? chips(task) : statusPill(task, ui.store),
        task.analysis?.flags?.length > 0 && h("span", { class: "pill waiting", testid: "flag-pill" }, "please look"),
        task.analysis?.degraded && h("span", { class: "pill waiting" }, task.analysis.rung === "provider" ? "fallback answered" : "simpler answer"))),
    h("button", {
      type: "button", class: "small quiet toggle", testid: "task-toggle", "aria-expanded": String(isOpen), "aria-controls": panel,
      "aria-label": `${isOpen ? "Close" : "Review"}: ${task.title}`, "data-key": `${task.id}.toggle/toggle`,
      onclick: () => ui.toggle(task.id),
    }, isOpen ? "Close" : "Review")),
  h("div", { id: panel, class: "task-panel" }, isOpen && suggestionPanel(task, ui)));
}

/** Keeps the `<ol>` equal to the store, touching only the cards that changed. */
export class TaskList {
  #list = document.getElementById("tasks");
  #cards = new Map();
  #ui;

  constructor(ui) {
    this.#ui = ui;
  }

  /** Draws one task again. */
  update(id) {
    const before = this.#cards.get(id);
    const task = this.#ui.store.get(id);
    if (!before || !task) return;
    this.#cards.set(id, replaceKeeping(before, card(task, this.#ui)));
  }

  /** Makes the shown tasks be `ids`, in their order. */
  show(ids) {
    const wanted = new Set(ids);
    for (const [id, element] of this.#cards) {
      if (wanted.has(id)) continue;
      element.remove();
      this.#cards.delete(id);
    }
    let previous = null;
    for (const id of ids) {
      let element = this.#cards.get(id);
      if (!element) {
        element = card(this.#ui.store.get(id), this.#ui);
        this.#cards.set(id, element);
      }
      const place = previous ? previous.nextSibling : this.#list.firstChild;
      if (place !== element) this.#list.insertBefore(element, place);
      previous = element;
    }
    this.#list.setAttribute("aria-busy", "false");
  }
}
