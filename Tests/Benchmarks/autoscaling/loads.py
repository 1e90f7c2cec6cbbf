"""Load by the second, from a seed."""

import math
import random


def noisy(rates, seed):
    """Poisson arrivals (normal where there are many) at these mean rates."""
    source = random.Random(seed)
    arrivals = []
    for rate in rates:
        if rate > 50:
            arrivals.append(max(0, round(source.gauss(rate, math.sqrt(rate)))))
        else:
            limit, count, product = math.exp(-rate), 0, source.random()
            while product > limit:
                count += 1
                product *= source.random()
            arrivals.append(count)
    return arrivals


def burst(base, peak, start, length, seconds):
    return [peak if start <= second < start + length else base for second in range(seconds)]


def waves(base, peak, on, period, seconds):
    return [peak if second % period < on else base for second in range(seconds)]


def day(low, high, bursts, factor, seed):
    """From night to noon and back, and now and then a batch import."""
    source = random.Random(seed)
    rates = [low + (high - low) * (0.5 - 0.5 * math.cos(2 * math.pi * second / 86_400)) for second in range(86_400)]
    more = [1] * 86_400
    for _ in range(bursts):
        start, length = source.randrange(86_400), source.randrange(120, 600)
        more[start:start + length] = [factor] * len(more[start:start + length])
    return [rate * times for rate, times in zip(rates, more)]
