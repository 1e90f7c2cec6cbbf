// One task with everything about it: text, suggestion with reasons, editing, and its story from the events.

import { api } from "./api.js";
import { h, replaceKeeping, timeAgo, timeExact } from "./dom.js";
import { LiveStream } from "./live.js";
import { suggestionPanel } from "./suggestion.js";
import { statusPill } from "./tasks.js";

const eventWords = {
  "task.created.v1": "Task created",
  "task.edited.v1": "Task edited",
  "analysis.started.v1": "Analysis started",
  "analysis.completed.v1": "Analysis arrived",
  "analysis.failed.v1": "Analysis failed",
  "feedback.recorded.v1": "A person answered",
  "task.erased.v1": "Task erased",
};

/** A value of an event's summary as words: `[{field, verdict, value}]` is what a person answered. */
function words(value) {
  if (Array.isArray(value)) return value.map(words).join("; ");
  if (typeof value === "number") return String(Math.round(value * 1000) / 1000);
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (value === null || typeof value !== "object") return String(value);
  if ("field" in value) return [value.field, words(value.value), (value.verdict ?? value.provenance) && `(${value.verdict ?? value.provenance})`].filter((part) => part !== undefined && part !== null).join(" ");
  return JSON.stringify(value);
}

function summaryList(summary) {
  // The same order each time: JSON from the database comes in another one than JSON from the stream.
  const entries = Object.entries(summary ?? {}).filter(([, value]) => value !== null && value !== "")
    .sort(([a], [b]) => a < b ? -1 : 1);
  if (!entries.length) return null;
  return h("dl", { class: "summary" }, entries.map(([name, value]) => [
    h("dt", {}, name.replaceAll("_", " ")),
    h("dd", {}, words(value)),
  ]).flat());
}

function timelineList(items) {
  if (!items) return h("p", { class: "hint" }, "Loading…");
  return h("ol", { class: "timeline", testid: "timeline" }, items.map((item) => h("li", { dataset: { type: item.type } },
    h("p", { class: "event" }, h("strong", {}, eventWords[item.type] ?? item.type), " ", timeExact(item.time)),
    summaryList(item.summary),
    h("details", { class: "ids", "data-key": `event.${item.event_id}` }, h("summary", {}, "ids"),
      h("dl", { class: "summary" },
        h("dt", {}, "type"), h("dd", { class: "mono" }, item.type),
        h("dt", {}, "event"), h("dd", { class: "mono" }, item.event_id),
        h("dt", {}, "caused by"), h("dd", { class: "mono" }, item.causation_id ?? "—"),
        h("dt", {}, "correlation"), h("dd", { class: "mono" }, item.correlation_id ?? "—"))))));
}

/** Shows one task in `#detail-view` and keeps it current by the task's own stream. */
export class TaskDetail {
  #root = document.getElementById("detail-view");
  #ui;
  #id;
  #stream;
  #timeline = null;
  #isEditing = false;
  #isClosed = false;
  #refreshTimer;

  constructor(id, ui) {
    this.#id = id;
    this.#ui = { ...ui, isFull: true };
    this.#root.replaceChildren(h("p", { class: "hint" }, "Loading…"));
    if (ui.store.has(id)) this.draw();
    // The stream begins with the task's whole story, so its first event is also the first fetch of the timeline.
    this.#stream = new LiveStream(api.taskEventsURL(id), {
      onEvent: (event) => event.type === "analysis.progressed.v1" ? ui.progressed(event) : this.refreshSoon(),
      onReconnect: () => this.refreshSoon(),
    });
    this.refresh();
  }

  get id() { return this.#id; }

  close() {
    this.#isClosed = true;
    this.#stream.close();
    clearTimeout(this.#refreshTimer);
    this.#root.replaceChildren();
  }

  /** Many events at once (a replay) make one fetch. */
  refreshSoon() {
    clearTimeout(this.#refreshTimer);
    this.#refreshTimer = setTimeout(() => this.refresh(), 80);
  }

  async refresh() {
    const id = this.#id;
    try {
      const [task, timeline] = await Promise.all([api.task(id), api.timeline(id)]);
      this.#timeline = timeline.items ?? [];
      this.#ui.settle("detail");
      this.#ui.store.put(task);
      this.draw();
    } catch (problem) {
      if (id !== this.#id || this.#isClosed) return;
      if (!this.#ui.store.has(id)) {
        // There is nothing to wait for at this address: its stream would only ask again and again.
        if ([400, 404, 410].includes(problem.status)) this.#stream.close();
        this.#root.replaceChildren(this.#back(), h("div", { class: "card missing" },
          h("h1", {}, { 404: "There is no such task", 410: "The task was erased" }[problem.status] ?? "The task could not be loaded"),
          h("p", {}, problem.message),
          problem.correlationID && h("p", { class: "correlation" }, "Correlation id ", h("span", { class: "mono" }, problem.correlationID))));
        return;
      }
      this.#ui.report(problem, "detail");
    }
  }

  /** Draws the task as the store knows it. */
  draw() {
    const task = this.#ui.store.get(this.#id);
    if (!task) return;
    document.title = `${task.title} · TriageLoop`;
    const fresh = h("article", { class: "detail", tabindex: "-1", dataset: { id: task.id, status: task.status } },
      this.#back(),
      h("div", { class: "detail-columns" },
        h("div", { class: "detail-main" },
          h("section", { class: "card" }, this.#isEditing ? this.#editForm(task) : this.#text(task)),
          h("section", { class: "card", "aria-labelledby": "timeline-heading" },
            h("h2", { id: "timeline-heading" }, "What happened"), timelineList(this.#timeline))),
        h("section", { class: "card detail-side", "aria-labelledby": "suggestion-heading" },
          h("div", { class: "side-head" }, h("h2", { id: "suggestion-heading" }, "Suggestion"), statusPill(task, this.#ui.store)),
          suggestionPanel(task, this.#ui))));
    const old = this.#root.querySelector("article");
    if (old) replaceKeeping(old, fresh);
    else this.#root.replaceChildren(fresh);
  }

  #back() {
    return h("a", { class: "back", href: "#/" }, "← All tasks");
  }

  #text(task) {
    return [
      h("div", { class: "detail-head" },
        h("h1", { testid: "detail-title", "data-key": "detail.title", tabindex: "-1" }, task.title),
        h("button", { type: "button", class: "small quiet", "data-key": "detail.edit", testid: "edit", onclick: () => this.#edit(true) }, "Edit"),
        h("button", { type: "button", class: "small quiet", "data-key": "detail.erase", testid: "erase", onclick: () => this.#erase(task) }, "Erase…")),
      h("p", { class: "task-meta" }, h("span", { class: "project" }, task.project), " · ", h("bdi", {}, task.author), " · ", timeAgo(task.created_at),
        task.tier && [" · tier ", h("bdi", {}, task.tier)], task.group && [" · group ", h("bdi", {}, task.group)],
        task.revision > 1 && ` · revision ${task.revision}`),
      task.body ? h("div", { class: "body" }, task.body) : h("p", { class: "hint" }, "No description."),
      task.labels?.length ? h("p", { class: "label-line" }, task.labels.map((label) => h("span", { class: "label" }, label))) : null,
      h("details", { class: "ids", "data-key": "detail.ids" }, h("summary", {}, "ids"),
        h("dl", { class: "summary" }, h("dt", {}, "task"), h("dd", { class: "mono" }, task.id),
          h("dt", {}, "correlation"), h("dd", { class: "mono" }, task.correlation_id ?? "—"))),
    ];
  }

  async #erase(task) {
    if (!window.confirm(`Erase “${task.title}” for good? Its text goes from every service; nothing brings it back.`)) return;
    try {
      await api.eraseTask(task.id);
      this.#ui.forget(task.id);
    } catch (problem) {
      this.#ui.report(problem, "detail");
    }
  }

  #edit(isEditing) {
    this.#isEditing = isEditing;
    this.draw();
    this.#root.querySelector(isEditing ? "#edit-title" : "[data-key='detail.edit']")?.focus();
  }

  #editForm(task) {
    const title = h("input", { id: "edit-title", type: "text", maxlength: "500", value: task.title, "data-key": "detail.edit-title" });
    const body = h("textarea", { id: "edit-body", rows: "10", value: task.body, "data-key": "detail.edit-body" });
    const project = h("input", { id: "edit-project", type: "text", maxlength: "100", value: task.project, list: "projects", "data-key": "detail.edit-project" });
    const send = h("button", { type: "submit", class: "primary" }, "Save and analyse again");
    const save = async (event) => {
      event.preventDefault();
      send.disabled = true;
      try {
        const edited = await api.editTask(task.id, { title: title.value, body: body.value, project: project.value });
        this.#ui.store.put(edited);
        this.#edit(false);
        this.refreshSoon();
      } catch (problem) {
        this.#ui.report(problem, "detail");
      }
      send.disabled = false;
    };
    return h("form", { class: "edit-form", onsubmit: save },
      h("div", { class: "control" }, h("label", { for: "edit-title" }, "Title"), title),
      h("div", { class: "control" }, h("label", { for: "edit-body" }, "Description"), body),
      h("div", { class: "control" }, h("label", { for: "edit-project" }, "Project"), project),
      h("div", { class: "compose-actions" },
        send,
        h("button", { type: "button", class: "quiet", onclick: () => this.#edit(false) }, "Cancel")));
  }
}
