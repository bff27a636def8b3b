#!/usr/bin/env python3
"""A person's way through the dashboard, in a real browser, against what scripts/demo has left running:

    Tests/Browser/journey.py URL DEMO_DIRECTORY [PICTURES]

Signs in, watches a push arrive without reloading, rolls back from the page, and finds the commit in git.
With PICTURES it leaves screenshots there, to look at."""

import hashlib
import hmac
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid

from chromium import Chromium, Failed

url, demo = sys.argv[1].rstrip("/"), pathlib.Path(sys.argv[2]).resolve()
pictures = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
token = (demo / "api.token").read_text().strip()
origin = demo / "origin.git"


def git(*arguments, directory=origin):
    identity = {"GIT_AUTHOR_NAME": "Bea", "GIT_AUTHOR_EMAIL": "bea@example.com",
                "GIT_COMMITTER_NAME": "Bea", "GIT_COMMITTER_EMAIL": "bea@example.com"}
    return subprocess.run(["git", *arguments], cwd=directory, check=True, capture_output=True, text=True,
                          env={**os.environ, **identity}).stdout.strip()


def push(service, subject):
    """A commit that changes the service, and GitHub's delivery of it."""
    with tempfile.TemporaryDirectory() as place:
        git("clone", "--quiet", "--branch", "main", str(origin), place, directory="/")
        before = git("rev-parse", "HEAD", directory=place)
        (pathlib.Path(place) / service / "VERSION").write_text(f"{uuid.uuid4()}\n")
        git("commit", "--quiet", "--all", "--message", subject, directory=place)
        git("push", "--quiet", "origin", "main", directory=place)
        after = git("rev-parse", "HEAD", directory=place)
    body = json.dumps({
        "ref": "refs/heads/main", "before": before, "after": after, "created": False, "deleted": False,
        "forced": False, "pusher": {"name": "bea"}, "head_commit": {"id": after, "message": subject},
        "repository": {"clone_url": f"file://{origin}", "ssh_url": "", "html_url": ""},
    }).encode()
    signature = hmac.new((demo / "webhook.secret").read_text().strip().encode(), body, hashlib.sha256).hexdigest()
    request = urllib.request.Request(f"{url}/webhooks/github", body, {
        "Content-Type": "application/json", "X-GitHub-Event": "push", "X-GitHub-Delivery": str(uuid.uuid4()),
        "X-Hub-Signature-256": f"sha256={signature}"})
    with urllib.request.urlopen(request) as answer:
        if answer.status != 202:
            raise Failed(f"the delivery was answered {answer.status}")


def picture(page, name):
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
        page.picture(str(pictures / f"{name}.png"))


def claim(text):
    print(f"  {text}", flush=True)


def walk(browser):
    page = browser.page()
    page.go(url)
    page.sees("backend")
    claim("the services are there")

    page.click("Sign in")
    page.wait("the field for the token", "!!document.querySelector('#token')")
    page.evaluate("document.querySelector('#token').focus()")
    page.type("not the token")
    page.press("Enter")
    page.wait("the refusal", "(document.querySelector('#token-error')?.innerText ?? '') !== ''")
    claim("a wrong token is refused, with a reason")
    # The browser itself notes a 401 on its console; nothing else may stand there.
    noted = [text for text in page.complaints if "401" not in text]
    page.complaints = noted
    page.evaluate("(document.querySelector('#token').value = '', document.querySelector('#token').focus())")
    page.type(token)
    page.press("Enter")
    page.wait("who is signed in", "document.querySelector('header')?.innerText.includes('demo')")
    claim("signed in; the cookie is out of a script's reach")
    if page.evaluate("document.cookie") != "":
        raise Failed("a script can read the session's cookie")

    page.go(url)
    page.sees("backend")
    page.evaluate("void (window.loadedOnce = true)")
    subject = f"feat: seen in a browser {uuid.uuid4().hex[:6]}"
    push("backend", subject)
    page.sees(subject, seconds=60)
    claim("the push appears")
    page.wait("its commit", f"[...document.querySelectorAll('main *')].some((e) => e.innerText?.length < 200 && e.innerText.includes({json.dumps(subject)}) && e.innerText.includes('committed'))", 120)
    if page.evaluate("window.loadedOnce") is not True:
        raise Failed("the page was loaded again")
    claim("and travels to committed, on the page that was open all the time")
    picture(page, "services-light")
    page.scheme("dark")
    picture(page, "services-dark")
    page.scheme("light")

    page.go(f"{url}/services/backend")
    page.click("Roll back…")
    page.wait("what would be committed", "(document.querySelector('dialog[open] .preview')?.innerText ?? '').includes('chore: rollback backend to')", 30)
    said = page.text("dialog[open] .preview")
    picture(page, "rollback")
    page.evaluate("document.querySelector('dialog[open] #reason').focus()")
    page.type("seen in a browser")
    page.click("Roll back")
    page.wait("the deployment's page", "location.pathname.startsWith('/deployments/backend-')", 30)
    page.wait("the end of its timeline", "/committed [0-9a-f]+ is on main/.test(document.querySelector('main')?.innerText.replace(/\\s+/g, ' '))", 60)
    picture(page, "deployment")
    commit = git("log", "-1", "--format=%s", "main")
    if not commit.startswith("chore: rollback backend to ") or commit not in said:
        raise Failed(f"git has “{commit}”, and the page had said:\n{said}")
    claim(f"git has what the page said: {commit}")

    page.go(f"{url}/services/backend")
    page.sees("On hold until")
    page.click("Release…")
    page.wait("the question", "!!document.querySelector('dialog[open]')")
    page.press("Escape")
    page.wait("the question to be gone", "!document.querySelector('dialog[open]')")
    claim("Escape leaves a question, and nothing is changed")

    for path, word in [("/deployments", "backend-"), ("/deliveries", "main"), ("/insights", "")]:
        page.go(f"{url}{path}")
        page.sees(word)
    page.size(390, 844)
    for path, name in [("/", "phone-services"), ("/services/backend", "phone-service")]:
        page.go(f"{url}{path}")
        page.sees("backend")
        picture(page, name)
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            raise Failed(f"{path} is {wide} px wider than a phone")
    claim("every page opens, and fits a phone")

    foreign = [one for one in page.requests if not one.startswith((url, "data:", "about:", "blob:"))]
    if foreign:
        raise Failed(f"the page asked elsewhere: {foreign[:3]}")
    if page.complaints:
        raise Failed("the console says:\n" + "\n".join(page.complaints[:5]))
    claim("nothing was asked of anybody else, and the console is empty")


browser = Chromium()
try:
    walk(browser)
except Failed as failure:
    print(f"journey: {failure}", file=sys.stderr)
    sys.exit(1)
finally:
    browser.close()
