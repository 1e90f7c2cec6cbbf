/// What holds for the whole API, in Markdown.
enum Preface {
    static let text = """
        JSON over HTTP, under `/v1`; the same things happen as events on RabbitMQ (`/asyncapi.json`). A change that \
        breaks clients gets another prefix; members, parameters and answers may be added, so ignore what you don't know.

        **Who asks.** `Authorization: Bearer` with an API key or an OpenID Connect token, where the service is set so \
        (`IDENTITY`); it says tenant, user and role, and `GET /v1/caller` repeats them. No or bad credentials: 401, \
        a missing role: 403. `x-role` says whom each operation is for; operators may do what users may. Otherwise \
        `X-Tenant-ID` and `X-User-ID` are believed, everybody is an operator, and the service listens on loopback only.

        **Errors** are `application/problem+json` (RFC 9457) with a stable `code`; `type` leads to its meaning and its \
        remedy, `errors` lists each broken rule with a JSON pointer, and `retryable` says whether the same request may \
        succeed later. All codes are at `/docs/errors`.

        **Parameters.** A query parameter that an operation doesn't list is refused with 400, as is one that is given \
        twice: a misspelt filter must not show everything. Members of a body that aren't known are ignored. `null` \
        means absent, in requests and in answers.

        **Methods.** `HEAD` goes wherever `GET` does, but for streams; `OPTIONS` is answered with 204 and `Allow`; any \
        other method with 405 and `Allow`. An `Accept` that the operation can't meet is answered with 406.

        **Limits.** Each caller and each tenant has a quota of requests, over all replicas together: `RateLimit-Policy` \
        tells it, `RateLimit` what is left of it and the seconds until all of it is there again \
        (draft-ietf-httpapi-ratelimit-headers). Beyond it requests are answered with 429 and `Retry-After`.

        **Browsers.** Pages of other origins may call where the operator lists them; from any other one a request that \
        changes something is refused with 403.

        **Times** are RFC 3339 in UTC with microseconds; ids are UUIDs.
        """
}
