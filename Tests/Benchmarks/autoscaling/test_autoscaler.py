"""The autoscaler against what Kubernetes and KEDA document.  python -m unittest discover Tests/Benchmarks/autoscaling"""

import unittest

from autoscaler import Autoscaler, Rules
from tasks import simulate


def scaled_object(minimum=1, maximum=10, cooldown=300, up=None, down=None, triggers=None):
    policies = [{"type": "Pods", "value": 100, "periodSeconds": 15}]
    return {
        "metadata": {"name": "test"},
        "spec": {
            "minReplicaCount": minimum, "maxReplicaCount": maximum, "pollingInterval": 5, "cooldownPeriod": cooldown,
            "advanced": {"horizontalPodAutoscalerConfig": {"behavior": {
                "scaleUp": up or {"stabilizationWindowSeconds": 0, "policies": policies},
                "scaleDown": down or {"stabilizationWindowSeconds": 0, "policies": policies}}}},
            "triggers": triggers or [{
                "type": "rabbitmq", "metricType": "AverageValue",
                "metadata": {"queueName": "tasks", "mode": "QueueLength", "value": "100", "activationValue": "5"}}]}}


def autoscaler(**options):
    return Autoscaler(Rules(scaled_object(**options), {"tasks QueueLength": "queue"}))


def play(scaler, values):
    """The replicas after each second's metric."""
    return [scaler.tick(second, {"queue": value}) for second, value in enumerate(values)]


class AutoscalerTests(unittest.TestCase):
    def test_an_average_value_is_shared_out(self):
        self.assertEqual(play(autoscaler(), [750])[-1], 8)

    def test_within_a_tenth_of_the_target_nothing_changes(self):
        scaler = autoscaler(minimum=2)
        self.assertEqual(play(scaler, [219])[-1], 2)
        self.assertEqual(play(autoscaler(minimum=2), [221])[-1], 3)

    def test_no_more_than_the_maximum_and_no_fewer_than_the_minimum(self):
        self.assertEqual(play(autoscaler(maximum=6), [100_000])[-1], 6)
        self.assertEqual(play(autoscaler(minimum=3), [0] * 16)[-1], 3)

    def test_it_looks_every_fifteen_seconds(self):
        seen = play(autoscaler(), [0] + [1_000] * 20)
        self.assertEqual((seen[14], seen[15]), (1, 10))

    def test_a_value_is_compared_as_it_is(self):
        triggers = [{"type": "prometheus", "metricType": "Value", "metadata": {"query": "latency", "threshold": "2"}}]
        rules = Rules(scaled_object(minimum=2, triggers=triggers), {"latency": "latency"})
        scaler = Autoscaler(rules)
        self.assertEqual(scaler.tick(0, {"latency": 5}), 5)  # 2 replicas * 5 / 2

    def test_up_goes_the_larger_of_two_policies(self):
        up = {"stabilizationWindowSeconds": 0, "selectPolicy": "Max", "policies": [
            {"type": "Percent", "value": 100, "periodSeconds": 15}, {"type": "Pods", "value": 4, "periodSeconds": 15}]}
        seen = play(autoscaler(maximum=40, up=up), [100_000] * 46)
        self.assertEqual([seen[0], seen[15], seen[30], seen[45]], [5, 10, 20, 40])

    def test_down_goes_the_smaller_of_two_policies(self):
        down = {"stabilizationWindowSeconds": 0, "selectPolicy": "Min", "policies": [
            {"type": "Percent", "value": 25, "periodSeconds": 60}, {"type": "Pods", "value": 4, "periodSeconds": 60}]}
        seen = play(autoscaler(minimum=1, maximum=20, down=down), [2_000] + [0] * 121)
        self.assertEqual([seen[0], seen[15], seen[75], seen[120]], [20, 16, 12, 12])

    def test_down_waits_for_its_window(self):
        down = {"stabilizationWindowSeconds": 300, "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}]}
        seen = play(autoscaler(down=down), [1_000] + [0] * 330)
        self.assertEqual((seen[300], seen[315]), (10, 1))

    def test_from_none_to_one_only_above_the_activation_and_back_after_the_cooldown(self):
        scaler = autoscaler(minimum=0, cooldown=60)
        self.assertEqual(play(scaler, [5] * 10)[-1], 0)
        self.assertEqual(scaler.tick(10, {"queue": 6}), 1)
        rest = [scaler.tick(second, {"queue": 0}) for second in range(11, 80)]
        self.assertEqual((rest[64 - 11], rest[75 - 11]), (1, 0))

    def test_turns_are_counted(self):
        scaler = autoscaler()
        play(scaler, [1_000] * 15 + [0] * 15 + [1_000] * 15 + [0])
        self.assertEqual(scaler.reversals, 3)

    def test_a_queue_is_first_come_first_served(self):
        run = simulate([10, 0, 0], autoscaler(maximum=1), 4, 1, lambda *_: {"queue": 0})
        self.assertEqual((run.waits, run.waiting[:3]), ({0: 4, 1: 4, 2: 2}, [6, 2, 0]))

    def test_a_trigger_that_is_not_in_the_manifest_is_a_fault(self):
        with self.assertRaises(SystemExit):
            Rules(scaled_object(), {"another queue": "queue"})


if __name__ == "__main__":
    unittest.main()
