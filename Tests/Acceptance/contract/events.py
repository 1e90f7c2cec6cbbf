"""Every event that a plain AMQP client takes off the exchange is a CloudEvent to the SDK of others and keeps to the schema
that is served for it; and the examples of docs/api.md do what they say."""

import json
import os
import subprocess
import sys
import threading

import jsonschema
import pika
from cloudevents.core.bindings.rabbitmq import RabbitMQMessage, from_rabbitmq_event

from contract.http import document

EXAMPLES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "docs", "examples")


def check(options):
    url = os.environ.get("TRIAGELOOP_AMQP_URL")
    if not url:
        return ["TRIAGELOOP_AMQP_URL is not set: . .local/env"], "nothing heard"
    schemas = {file["name"]: document(options, file["url"]) for file in document(options, "/schemas")["items"]}
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, "triageloop.events", "#")

    listener = subprocess.Popen(
        [sys.executable, os.path.join(EXAMPLES, "events.py"), "3"], stdout=subprocess.PIPE, text=True)
    # A listener that hears nothing ends all the same.
    timer = threading.Timer(60, listener.kill)
    timer.start()
    faults = []
    try:
        first = listener.stdout.readline().strip()
        trip = subprocess.run(
            [sys.executable, os.path.join(EXAMPLES, "plug_in.py"), options.url], stdout=subprocess.PIPE, text=True,
            timeout=60, check=False)
        heard = [line.split()[0] for line in listener.communicate()[0].splitlines()]
    finally:
        timer.cancel()
        if listener.poll() is None:
            listener.kill()
    if trip.returncode or "priority is high" not in trip.stdout:
        faults.append(f"plug_in.py: {trip.returncode} {trip.stdout}")
    wanted = {"task.created.v1", "analysis.completed.v1", "feedback.recorded.v1"}
    if first != "listening" or not wanted <= set(heard):
        faults.append(f"events.py: {first} {heard}")

    types = set()
    for method, properties, body in channel.consume(queue, inactivity_timeout=2):
        if method is None:
            break
        types.add(method.routing_key)
        faults += event_faults(method.routing_key, properties, body, schemas)
    if not wanted <= types:
        faults.append(f"taken off the exchange: {types}")
    connection.close()
    return faults, f"{len(types)} types of events, 2 examples"


def event_faults(key, properties, body, schemas):
    headers = {name: str(value) for name, value in (properties.headers or {}).items()}
    event = from_rabbitmq_event(RabbitMQMessage(headers, properties.content_type, body))
    plain = json.loads(body)
    pairs = [(event.get_type(), key), (event.get_id(), plain["id"]), (event.get_type(), properties.type),
             (event.get_id(), properties.message_id), (event.get_extension("correlationid"), properties.correlation_id)]
    faults = [f"{key}: {one} is not {other}" for one, other in pairs if one != other]
    validator = jsonschema.Draft202012Validator(schemas[key + ".json"], format_checker=jsonschema.FormatChecker())
    return faults + [f"{key}: {fault.json_path} {fault.message[:200]}" for fault in validator.iter_errors(plain)]
