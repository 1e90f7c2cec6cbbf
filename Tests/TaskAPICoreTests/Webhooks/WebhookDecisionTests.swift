import TaskAPICore
import Testing

/// When an event is sent again, and when nothing more is sent.
struct WebhookDecisionTests {
    private let schedule = WebhookSchedule.usual

    @Test func `the usual schedule is as people write it and lasts for days`() {
        #expect(schedule.text == "5s,5m,30m,2h,5h,10h,14h,20h,1d")
        #expect(WebhookSchedule("5s,5m,30m,2h,5h,10h,14h,20h,1d") == schedule)
        #expect(schedule.waits.reduce(.zero, +) > .seconds(3 * 86_400))
    }

    @Test(arguments: ["", "5", "5s,", "0s", "-5s", "5w", "8d", "1.5h", "99999999999999999999s", "9223372036854775807d"])
    func `what is no schedule is none`(text: String) {
        #expect(WebhookSchedule(text) == nil)
        #expect(WebhookSchedule(Array(repeating: "1s", count: 31).joined(separator: ",")) == nil)
    }

    @Test func `a wait is the schedule's, a fifth more or less, and there is none after the last attempt`() {
        #expect(schedule.wait(afterAttempt: 1, random: 0.5) == .seconds(5))
        #expect(schedule.wait(afterAttempt: 2, random: 0) == .seconds(240))
        #expect(schedule.wait(afterAttempt: 2, random: 1) == .seconds(360))
        #expect(schedule.wait(afterAttempt: 9, random: 0.5) == .seconds(86_400))
        #expect(schedule.wait(afterAttempt: 10, random: 0.5) == nil)
        #expect(schedule.wait(afterAttempt: 0, random: 0.5) == nil)
    }

    private func verdict(
        _ attempt: WebhookAttempt, attempts: Int = 1, failing: Duration = .zero
    ) -> WebhookVerdict {
        WebhookVerdict.decide(
            attempt, attempts: attempts, schedule: schedule, failing: failing, patience: .seconds(432_000), random: 0.5)
    }

    @Test(arguments: [200, 201, 204, 299])
    func `any 2xx is delivered`(status: Int) {
        #expect(verdict(.answered(status: status, retryAfter: nil)) == WebhookVerdict(delivery: .delivered))
    }

    @Test(arguments: [100, 301, 302, 307, 400, 401, 404, 408, 429, 500, 503])
    func `any other answer is tried again, a redirect too`(status: Int) {
        #expect(
            verdict(.answered(status: status, retryAfter: nil))
                == WebhookVerdict(delivery: .retry(after: .seconds(5))))
    }

    @Test func `410 disables at once and is not tried again`() {
        #expect(
            verdict(.answered(status: 410, retryAfter: nil)) == WebhookVerdict(delivery: .givenUp, disabling: .gone))
    }

    @Test func `the last attempt is the last, and an endpoint that failed for too long is disabled`() {
        #expect(verdict(.failed, attempts: 9).delivery == .retry(after: .seconds(86_400)))
        #expect(verdict(.failed, attempts: 10) == WebhookVerdict(delivery: .givenUp))
        #expect(verdict(.failed, failing: .seconds(431_999)).disabling == nil)
        #expect(verdict(.failed, failing: .seconds(432_000)).disabling == .failing)
        #expect(verdict(.answered(status: 200, retryAfter: nil), failing: .seconds(900_000)).disabling == nil)
    }

    @Test func `who asks to be left alone is, but not for longer than a day`() {
        func wait(_ status: Int, _ seconds: Int) -> WebhookVerdict.Delivery {
            verdict(.answered(status: status, retryAfter: .seconds(seconds))).delivery
        }
        #expect(wait(429, 60) == .retry(after: .seconds(60)))
        #expect(wait(503, 1) == .retry(after: .seconds(5)))
        #expect(wait(503, 10_000_000) == .retry(after: .seconds(86_400)))
        #expect(wait(500, 60) == .retry(after: .seconds(5)))
    }
}
