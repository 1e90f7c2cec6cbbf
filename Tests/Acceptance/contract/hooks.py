"""For schemathesis: no two of its requests share an Idempotency-Key by chance, which would be refused or replayed.

A key that the service takes becomes another one that it takes; what it must refuse stays as it is. With credentials,
no request names another tenant or user than they do: each would be refused alike.
"""

import json
import os
import re
import uuid

import schemathesis

# As the document has it.
KEY = re.compile(r'^ *("([ !#-\[\]-~]|\\["\\]){1,255}"|[!#-~][!-~]{0,254}) *$')


@schemathesis.serializer("application/x-ndjson")
def lines(context, value):
    """Lines as they are; what is no text as one line of JSON."""
    return value.encode() if isinstance(value, str) else json.dumps(value).encode()


@schemathesis.hook
def before_call(context, case, kwargs):
    headers = case.headers or {}
    if os.environ.get("TRIAGELOOP_FUZZ_AS"):
        for name in [name for name in headers if name.lower() in ("x-tenant-id", "x-user-id")]:
            del headers[name]
    for name, value in list(headers.items()):
        if name.lower() == "idempotency-key" and isinstance(value, str) and KEY.match(value):
            headers[name] = f'"{uuid.uuid4()}"'
