"""Hooks of schemathesis: what no generator can make, and what no schema can say.

`before_load_schema` gives the document's examples the names of what is there. `before_call` signs webhooks as GitHub
does, and gives each request a key of its own. `filter_failure` knows the few answers that are right although a check
takes them for wrong. Each stands below with its reason; try.py says how often it was needed.
"""

import atexit
import hashlib
import hmac
import json
import os
import re
import typing

import requests
import schemathesis

SIGNATURE, TOKEN = "X-Hub-Signature-256", "X-Gitlab-Token"


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """Generators begin with the examples: a commit that stands for one becomes a commit of the town, and so on."""
    text = json.dumps(raw_schema)
    with open("names.json", encoding="utf-8") as file:
        for example, name in json.load(file).items():
            text = text.replace(example, name)
    raw_schema.clear()
    raw_schema.update(json.loads(text))


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.path.startswith("/webhooks/github"):
        make_new(case, "X-GitHub-Delivery", "[A-Za-z0-9-]{1,64}")
        if not tries(case, SIGNATURE):
            case.headers[SIGNATURE] = signature(case)
    elif case.path.startswith("/webhooks/gitlab"):
        if not tries(case, TOKEN):
            case.headers[TOKEN] = os.environ["TOWN_SECRET"]
            if not tries(case, "X-Gitlab-Event"):
                case.headers["X-Gitlab-Event"] = "Push Hook"
            # One of two fields has to name the delivery.
            if "X-Gitlab-Event-UUID" not in case.headers:
                case.headers.setdefault("Idempotency-Key", "delivery")
        make_new(case, "Idempotency-Key", "[A-Za-z0-9-]{1,64}")
    else:
        make_new(case, "Idempotency-Key", "[!-~]{1,255}")


def tries(case, field):
    """Whether this request is to show what a wrong or a missing field is answered."""
    if field not in (case.headers or {}):
        return True
    data = case.meta.phase.data
    location = getattr(data, "parameter_location", None)
    if location is None or location.name != "HEADER":
        return False
    named = {getattr(data, "parameter", None), *(one.parameter for one in getattr(data, "mutations", None) or [])} - {None}
    return not named or field in named


def signature(case):
    """Over the bytes that are sent, as GitHub makes it."""
    sent = {key: value for key, value in case.as_transport_kwargs().items() if key in ("method", "url", "headers", "params", "data", "json")}
    body = requests.Request(**sent).prepare().body or b""
    body = body.encode() if isinstance(body, str) else body
    return "sha256=" + hmac.new(os.environ["TOWN_SECRET"].encode(), body, hashlib.sha256).hexdigest()


def make_new(case, field, form):
    """A key belongs to the request that brought it first, a GUID to the delivery that did, and generators like to say the
    same again. One that is to be well-formed is used once."""
    drawn = (case.headers or {}).get(field)
    if isinstance(drawn, str) and re.fullmatch(form, drawn):
        if (case.path, drawn) in used_up:
            drawn = f"{drawn[:40]}-{len(used_up)}"
            case.headers[field] = drawn
        used_up.add((case.path, drawn))


used_up = set()


class Known(typing.NamedTuple):
    failure: str
    path: str
    status: int
    answer: str
    because: str


ACCEPTED, REJECTED = "AcceptedNegativeData", "RejectedPositiveData"
KNOWN = [
    Known(REJECTED, r"/api/v1/services/\{service\}/deployments", 422, r"not a commit id, branch or tag|names no commit|is not on main",
          "which revisions a repository has is not in a schema"),
    Known(REJECTED, r"/api/v1/services/\{service\}/rollback", 422, r"is neither a deployment nor a tag|nothing to go back to",
          "which deployments a service has is not in a schema"),
    Known(REJECTED, r"/api/v1/services/\{service\}/rollback", 422,
          r"no Deployment of Kubernetes is configured|no application of Argo CD is configured|must be a number here|has no id",
          "what rolls a service out, and what that counts, is not in a schema"),
    Known(REJECTED, r"/api/v1/plan", 422, r"is not a commit of", "which commits a repository has is not in a schema"),
    Known(REJECTED, r"/api/v1/(stats|events)", 400, r"there is no service ", "which services are configured is not in a schema"),
    Known(REJECTED, r"/api/v1/stats", 400, r"window must be a duration such as 12h, 7d or 90d, at most 366d",
          "the largest number depends on the unit behind it, which no pattern of a bearable length says"),
    Known(REJECTED, r"/api/v1/services/\{service\}/hold", 422, r"a duration such as 30m or 2h, at most 366d",
          "the largest number depends on the unit behind it, which no pattern of a bearable length says"),
    Known(REJECTED, r"/webhooks/.*", 400, r"is missing or is not|is not what|is not an object",
          "which members a payload must have depends on the event that a field of the head names"),
    Known(REJECTED, r"/webhooks/gitlab.*", 400, r"neither Idempotency-Key nor X-Gitlab-Event-UUID is there",
          "that one of two fields must be there cannot be said of parameters"),
    Known(ACCEPTED, r"/webhooks/.*", 200, r'"status":"(duplicate|ignored|pong)"',
          "of a delivery that was stored before, and of events that mean nothing here, the body is not read"),
]
used = {one: 0 for one in KNOWN}


@schemathesis.hook
def filter_failure(context, failure, case, response):
    text = response.content.decode(errors="replace")
    for one in KNOWN:
        if (type(failure).__name__ == one.failure and re.fullmatch(one.path, case.path) and response.status_code == one.status
            and re.search(one.answer, text)):
            used[one] += 1
            return False
    return True


@atexit.register
def tell():
    with open("known.json", "w", encoding="utf-8") as file:
        json.dump([{**one._asdict(), "used": count} for one, count in used.items()], file)
