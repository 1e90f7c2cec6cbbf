// The HTTP API as this page uses it. Every failure is a `Problem` that can be shown to a person.

const timeoutMilliseconds = 20_000;

/** A failed request: what went wrong in words, the server's code and the correlation id to find it in the logs. */
export class Problem extends Error {
  constructor({ title, detail, status = 0, code = "", correlationID = "", errors = [] }) {
    super(detail || title);
    Object.assign(this, { title, detail, status, code, correlationID, errors });
  }
}

/** The name the person goes by; a header value, so letters without accents, digits and `. _ @ -` only. */
export const user = {
  get name() { return localStorage.getItem("triageloop.user") || "anonymous"; },
  set name(text) {
    const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").trim().replace(/\s+/g, "-").replace(/[^\w.@-]/g, "");
    localStorage.setItem("triageloop.user", plain.slice(0, 64));
  },
};

/** An API key or a token, where the service asks who calls: kept for this tab, sent in a header, never in an address. */
export const credential = {
  get value() { return sessionStorage.getItem("triageloop.credential") || ""; },
  set value(text) {
    const plain = text.trim().replace(/^Bearer\s+/i, "").replace(/[^\x21-\x7e]/g, "");
    if (plain) sessionStorage.setItem("triageloop.credential", plain);
    else sessionStorage.removeItem("triageloop.credential");
  },
};

/** Who asks, as headers: the credential says it, or else the name that the person gave. */
export const callerHeaders = () =>
  credential.value ? { Authorization: `Bearer ${credential.value}` } : { "X-User-ID": user.name };

async function request(method, path, body) {
  const headers = { Accept: "application/json, application/problem+json", ...callerHeaders() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(path, {
      method, headers, cache: "no-store",
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMilliseconds),
    });
  } catch (error) {
    const slow = error.name === "TimeoutError";
    throw new Problem({
      title: slow ? "The server did not answer in time" : "The server cannot be reached",
      detail: "Nothing you typed is lost; please try again in a moment.",
    });
  }
  const correlationID = response.headers.get("X-Correlation-ID") ?? "";
  let content = null;
  try {
    content = await response.json();
  } catch (error) {
    // An error page of a proxy, or an answer cut short: reported below by its status.
  }
  if (response.ok && content !== null) return content;
  throw new Problem({
    title: content?.title || `The server answered ${response.status} ${response.statusText}`.trim(),
    detail: content?.detail || "",
    status: response.status,
    code: content?.code || "",
    correlationID: content?.correlation_id || correlationID,
    errors: Array.isArray(content?.errors) ? content.errors : [],
  });
}

const path = (id) => `/v1/tasks/${encodeURIComponent(id)}`;

export const api = {
  caller: () => request("GET", "/v1/caller"),
  createTask: (task) => request("POST", "/v1/tasks", task),
  eraseTask: (id) => request("DELETE", path(id)),
  editTask: (id, changes) => request("PATCH", path(id), changes),
  task: (id) => request("GET", path(id)),
  timeline: (id) => request("GET", `${path(id)}/timeline`),
  models: () => request("GET", "/v1/models"),
  labels: () => request("GET", "/v1/labels"),
  feedback: (id, fields) => request("POST", `${path(id)}/feedback`, { fields }),
  tasks({ limit = 20, cursor, project, search } = {}) {
    const query = new URLSearchParams({ limit: String(limit) });
    if (cursor) query.set("cursor", cursor);
    if (project) query.set("project", project);
    if (search) query.set("q", search);
    return request("GET", `/v1/tasks?${query}`);
  },
  eventsURL: () => "/v1/events",
  taskEventsURL: (id) => `${path(id)}/events`,
};
