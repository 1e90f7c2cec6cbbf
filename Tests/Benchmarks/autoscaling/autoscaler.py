"""Kubernetes' horizontal autoscaler with KEDA's metrics, as they are described: autoscaling/v2 (behaviour, tolerance,
stabilization) and KEDA 2.16 (activation, cooldown, scale to zero). Time is in seconds; nothing here reads a clock."""

import math
from collections import deque

SYNC_SECONDS = 15  # kube-controller-manager's --horizontal-pod-autoscaler-sync-period
TOLERANCE = 0.1  # --horizontal-pod-autoscaler-tolerance


class Trigger:
    """One metric: `AverageValue` is shared out among the replicas, `Value` is compared as it is."""

    def __init__(self, name, kind, target, activation=0.0):
        self.name, self.kind, self.target, self.activation = name, kind, target, activation

    def wanted(self, value, replicas):
        if self.kind == "AverageValue":
            ratio = value / (self.target * max(replicas, 1))
            return replicas if abs(1 - ratio) <= TOLERANCE and replicas > 0 else math.ceil(value / self.target)
        ratio = value / self.target
        return replicas if abs(1 - ratio) <= TOLERANCE else math.ceil(ratio * replicas)


class Rules:
    """What a ScaledObject says; `triggers` are those whose metrics a simulation has."""

    def __init__(self, resource, names):
        spec = resource["spec"]
        self.name = resource["metadata"]["name"]
        self.minimum, self.maximum = spec["minReplicaCount"], spec["maxReplicaCount"]
        self.polling, self.cooldown = spec["pollingInterval"], spec["cooldownPeriod"]
        behavior = spec["advanced"]["horizontalPodAutoscalerConfig"]["behavior"]
        self.up, self.down = behavior["scaleUp"], behavior["scaleDown"]
        self.triggers = []
        for trigger in spec["triggers"]:
            data = trigger["metadata"]
            queue = data.get("queueName") and f"{data['queueName']} {data['mode']}"
            name = queue or data.get("query") or trigger["type"]
            target = data.get("value") or data.get("threshold") or data.get("targetQueryValue")
            activation = data.get("activationValue") or data.get("activationThreshold") \
                or data.get("activationTargetQueryValue") or 0
            for part, metric in names.items():
                if part in name:
                    kind = "Value" if trigger.get("metricType") in ("Value", "Utilization") else "AverageValue"
                    self.triggers.append((metric, Trigger(name, kind, float(target), float(activation))))
        missing = set(names.values()) - {metric for metric, _ in self.triggers}
        if missing:
            raise SystemExit(f"the ScaledObject {self.name} has no trigger for {sorted(missing)}")


class Autoscaler:
    """How many replicas there should be, second by second."""

    def __init__(self, rules):
        self.rules = rules
        self.replicas = rules.minimum
        self.changes = deque()  # (second, difference)
        self.recommendations = deque()  # (second, replicas)
        self.active_at = -math.inf
        self.reversals, self.last_direction, self.count = 0, 0, 0

    def tick(self, second, metrics):
        """Call once a second with {metric: value}; answers the replicas that are wanted from now on."""
        rules = self.rules
        if second % rules.polling == 0:
            if any(metrics[name] > trigger.activation for name, trigger in rules.triggers):
                self.active_at = second
                if self.replicas == 0:
                    self.change(second, 1)
            elif rules.minimum == 0 and self.replicas > 0 and second - self.active_at > rules.cooldown:
                self.change(second, 0)
        if second % SYNC_SECONDS == 0 and self.replicas > 0:
            self.sync(second, metrics)
        return self.replicas

    def sync(self, second, metrics):
        rules = self.rules
        least = max(rules.minimum, 1)  # below one only KEDA goes
        wanted = max(trigger.wanted(metrics[name], self.replicas) for name, trigger in rules.triggers)
        wanted = min(max(wanted, least), rules.maximum)
        self.recommendations.append((second, wanted))
        wanted = self.stabilized(second, wanted)
        if wanted > self.replicas:
            wanted = min(wanted, self.limit(second, rules.up, +1))
        elif wanted < self.replicas:
            wanted = max(wanted, self.limit(second, rules.down, -1))
        self.change(second, min(max(wanted, least), rules.maximum))

    def stabilized(self, second, wanted):
        """Up to the least, down to the most that was recommended within the window."""
        up, down = self.rules.up.get("stabilizationWindowSeconds", 0), \
            self.rules.down.get("stabilizationWindowSeconds", 300)
        while self.recommendations and self.recommendations[0][0] < second - max(up, down):
            self.recommendations.popleft()
        lowest = min((value for at, value in self.recommendations if at >= second - up), default=wanted)
        highest = max((value for at, value in self.recommendations if at >= second - down), default=wanted)
        if self.replicas < lowest:
            return lowest
        return highest if self.replicas > highest else self.replicas

    def limit(self, second, behavior, direction):
        """How far the policies let it go now, after what they let it do within their periods."""
        limits = []
        for policy in behavior["policies"]:
            since = second - policy["periodSeconds"]
            done = sum(change for at, change in self.changes if at > since and change * direction > 0)
            start = self.replicas - done
            if policy["type"] == "Pods":
                limits.append(start + direction * policy["value"])
            elif direction > 0:
                limits.append(math.ceil(start * (1 + policy["value"] / 100)))
            else:
                limits.append(math.floor(start * (1 - policy["value"] / 100)))
        largest = behavior.get("selectPolicy", "Max") == "Max"
        return max(limits) if largest == (direction > 0) else min(limits)

    def change(self, second, replicas):
        difference = replicas - self.replicas
        if not difference:
            return
        direction = 1 if difference > 0 else -1
        if self.last_direction and direction != self.last_direction:
            self.reversals += 1
        self.last_direction = direction
        self.count += 1
        self.changes.append((second, difference))
        while self.changes and self.changes[0][0] < second - 3_600:
            self.changes.popleft()
        self.replicas = replicas
