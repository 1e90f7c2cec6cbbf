"""A queue that replicas work off, second by second, first come first served."""

from collections import deque

RATE_SECONDS = 5  # RabbitMQ's management counts its rates over so many


class Run:
    """What happened: lists by the second, and how long tasks waited."""

    def __init__(self):
        self.arrived, self.served, self.waiting, self.replicas, self.delay = [], [], [], [], []
        self.waits = {}  # whole seconds: tasks
        self.refused = 0

    def quantile(self, share):
        total, seen = sum(self.waits.values()), 0
        for wait in sorted(self.waits):
            seen += self.waits[wait]
            if seen >= share * total:
                return wait
        return 0


def simulate(arrivals, autoscaler, rate_per_replica, start_seconds, metrics, metric_delay=5, maximum=1_000_000):
    """Plays `arrivals` (tasks a second) and goes on until nothing waits.

    - metrics(waiting, served, ready, rate): {metric: value}, as the autoscaler's sources would say `metric_delay` seconds later.
    - start_seconds: from a new replica's making until it works.
    - maximum: tasks that the queue holds; what comes on top stays in the sender's outbox (refused, sent again: it counts
      as waiting, too).
    """
    run, line, starting = Run(), deque(), deque()
    ready = autoscaler.replicas
    waiting, credit = 0, 0.0
    seen = deque([metrics(0, 0, ready, 0)] * metric_delay, maxlen=metric_delay)
    recent = deque(maxlen=RATE_SECONDS)
    second = 0
    while second < len(arrivals) or (waiting and second < 10 * len(arrivals)):
        count = arrivals[second] if second < len(arrivals) else 0
        recent.append(count)
        if count:
            line.append([second, count])
            waiting += count
        run.refused = max(run.refused, waiting - maximum)
        while starting and starting[0] <= second:
            starting.popleft()
            ready += 1
        capacity = ready * rate_per_replica + credit
        able = int(capacity)
        served = min(able, waiting)
        credit = capacity - able if waiting > served else 0.0
        left, oldest = served, 0
        while left:
            oldest = max(oldest, second - line[0][0])
            taken = min(left, line[0][1])
            run.waits[second - line[0][0]] = run.waits.get(second - line[0][0], 0) + taken
            line[0][1] -= taken
            left -= taken
            if not line[0][1]:
                line.popleft()
        waiting -= served
        wanted = autoscaler.tick(second, seen[0])
        seen.append(metrics(waiting, served, ready, sum(recent) / len(recent)))
        # New ones take their time; of those that go, the ones that never worked go first.
        while ready + len(starting) < wanted:
            starting.append(second + start_seconds)
        while ready + len(starting) > wanted and starting:
            starting.pop()
        ready = min(ready, max(wanted, 0))
        run.arrived.append(count)
        run.served.append(served)
        run.waiting.append(waiting)
        run.replicas.append(ready)
        run.delay.append(oldest)
        second += 1
    return run
