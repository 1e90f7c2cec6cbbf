"""What happens, as it happens, in a queue of your own: analyses and feedback of all tenants, by pika.

usage: TRIAGELOOP_AMQP_URL=amqp://… python3 docs/examples/events.py [how many]
"""

import json
import os
import sys

import pika

LEFT = int(sys.argv[1]) if len(sys.argv) > 1 else None
KEYS = ["task.created.v1", "analysis.completed.v1", "feedback.recorded.v1"]

connection = pika.BlockingConnection(pika.URLParameters(os.environ["TRIAGELOOP_AMQP_URL"]))
channel = connection.channel()
# Durable and yours: it gathers while you are away. The services' own queues are theirs, leave them alone.
QUEUE = "example.events"
channel.queue_declare(QUEUE, durable=True, arguments={"x-queue-type": "quorum"})
for key in KEYS:
    channel.queue_bind(QUEUE, "triageloop.events", key)
channel.basic_qos(prefetch_count=50)
print("listening", flush=True)

seen = set()  # in your product: a unique key in your database, in the transaction of what the event does
for method, properties, body in channel.consume(QUEUE):
    event = json.loads(body)
    if event["id"] not in seen:  # each event comes at least once
        seen.add(event["id"])
        print(event["type"], event["subject"], event["correlationid"], flush=True)
    channel.basic_ack(method.delivery_tag)
    if LEFT is not None and len(seen) >= LEFT:
        break
channel.cancel()
if LEFT is not None:  # only tried out: nothing gathers
    channel.queue_delete(QUEUE)
connection.close()
