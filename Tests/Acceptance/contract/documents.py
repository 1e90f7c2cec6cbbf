"""The documents are what their specifications ask for, and refer to nothing that isn't there."""

import re

import jsonschema
from asyncapi3.models.asyncapi import AsyncAPI3
from openapi_spec_validator import validate

from contract.http import document, send


def check(options):
    faults = []
    openapi = document(options, "/openapi.json")
    try:
        validate(openapi)
    except Exception as error:  # whatever the validator finds
        faults.append(f"/openapi.json: {str(error)[:500]}")
    asyncapi = document(options, "/asyncapi.json")
    try:
        AsyncAPI3.model_validate(asyncapi)
    except Exception as error:  # as above
        faults.append(f"/asyncapi.json: {str(error)[:500]}")
    faults += structure(asyncapi)
    for name, one in (("/openapi.json", openapi), ("/asyncapi.json", asyncapi)):
        faults += [f"{name}: {reference} leads nowhere" for reference in references(one) if not leads(one, reference)]
    files = document(options, "/schemas")["items"]
    for file in files:
        schema = document(options, file["url"])
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            faults.append(f"{file['url']}: {error.message}")
        if schema["$id"] != file["url"]:
            faults.append(f"{file['url']} says that it is {schema['$id']}")
    faults += errors(options, openapi)
    return faults, f"{len(openapi['paths'])} paths, {len(asyncapi['channels'])} channels, {len(files)} schemas"


def structure(asyncapi):
    """What AsyncAPI 3.0 asks for and the model above doesn't look at: operations and their channels' own messages."""
    faults = []
    for name, operation in asyncapi["operations"].items():
        if operation["action"] not in ("send", "receive"):
            faults.append(f"/asyncapi.json: {name} does neither send nor receive")
        for message in operation["messages"]:
            if not message["$ref"].startswith(operation["channel"]["$ref"] + "/messages/"):
                faults.append(f"/asyncapi.json: {name} has a message that its channel hasn't")
    allowed = {
        "channel": {"is", "exchange", "queue", "bindingVersion"},
        "operation": {"expiration", "userId", "cc", "priority", "deliveryMode", "mandatory", "bcc", "timestamp", "ack",
                      "bindingVersion"},
        "message": {"contentEncoding", "messageType", "bindingVersion"},
    }
    for kind, places in (("channel", asyncapi["channels"]), ("operation", asyncapi["operations"]),
                         ("message", asyncapi["components"]["messages"])):
        for name, place in places.items():
            unknown = set(place["bindings"]["amqp"]) - allowed[kind]
            if unknown:
                faults.append(f"/asyncapi.json: the AMQP binding of {name} has {unknown}")
    return faults


def errors(options, openapi):
    """Where a problem's `type` leads, its code is explained."""
    status, headers, text = send(options, "GET", "/docs/errors")
    anchors = set(re.findall(rb'id="([A-Z_]+)"', text))
    codes = openapi["components"]["schemas"]["Problem"]["properties"]["code"]["enum"]
    missing = [code for code in codes if code.encode() not in anchors]
    return [f"/docs/errors ({status}) has no {code}" for code in missing]


def references(value):
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "$ref":
                yield inner
            else:
                yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def leads(root, reference):
    place = root
    for part in reference.removeprefix("#/").split("/"):
        part = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(place, dict) or part not in place:
            return False
        place = place[part]
    return reference.startswith("#/")
