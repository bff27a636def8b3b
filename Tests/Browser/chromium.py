"""A headless Chromium, spoken to over a pipe in the DevTools protocol: no driver, no port, no package."""

import base64
import itertools
import json
import os
import selectors
import shutil
import subprocess
import tempfile
import time

KEYS = {
    "Enter": (13, "\r"), "Tab": (9, None), "Escape": (27, None), "ArrowDown": (40, None), "ArrowUp": (38, None),
    " ": (32, " "), "Backspace": (8, None),
}


class Failed(Exception):
    """What was waited for did not come, or the page did what it must not."""


class Chromium:
    def __init__(self, *arguments):
        program = shutil.which("chromium") or shutil.which("chromium-headless-shell")
        if not program:
            raise Failed("chromium is missing: run scripts/setup")
        self.home = tempfile.mkdtemp(prefix="slipway-chromium-")
        to_read, self.to = os.pipe()
        self.fro, from_write = os.pipe()

        def place():
            # Chromium reads its descriptor 3 and writes its 4.
            high = [os.dup(to_read), os.dup(from_write)]
            while max(high) < 10:
                high = [os.dup(one) for one in high]
            os.dup2(high[0], 3)
            os.dup2(high[1], 4)

        self.process = subprocess.Popen(
            [program, "--headless=new", "--remote-debugging-pipe", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
             "--hide-scrollbars", "--force-color-profile=srgb", "--lang=en-GB", f"--user-data-dir={self.home}", *arguments, "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=place, pass_fds=(3, 4), env={**os.environ, "HOME": self.home})
        os.close(to_read)
        os.close(from_write)
        os.set_blocking(self.fro, False)
        self.numbers = itertools.count(1)
        self.answers = {}
        self.pages = {}
        self.buffer = b""
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.fro, selectors.EVENT_READ)

    def call(self, method, parameters=None, session=None, seconds=30):
        number = next(self.numbers)
        message = {"id": number, "method": method, "params": parameters or {}}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + seconds
        while number not in self.answers:
            if not self.pump(end - time.monotonic()):
                raise Failed(f"{method} was not answered within {seconds} s")
        answer = self.answers.pop(number)
        if "error" in answer:
            raise Failed(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def pump(self, seconds):
        """Takes what has come; False if nothing did in time."""
        if not self.selector.select(max(0, seconds)):
            return False
        try:
            piece = os.read(self.fro, 1 << 20)
        except BlockingIOError:
            return True
        if not piece:
            raise Failed("chromium has ended")
        *messages, self.buffer = (self.buffer + piece).split(b"\0")
        for text in messages:
            message = json.loads(text)
            if "id" in message:
                self.answers[message["id"]] = message
            elif page := self.pages.get(message.get("sessionId")):
                page.hear(message["method"], message["params"])
        return True

    def rest(self, seconds=20):
        """Waits until its processes, this one and what descends from it, have used no time for a while: a new window
        makes Chromium load pages of its own, beside whatever it is told to show."""
        end = time.monotonic() + seconds
        calm, before = 0, self.used()
        while calm < 4:
            if time.monotonic() > end:
                raise Failed(f"chromium did not come to rest within {seconds} s")
            time.sleep(0.1)
            now = self.used()
            calm = calm + 1 if now - before <= 1 else 0
            before = now

    def used(self):
        """Ticks of the clock that its processes have run for."""
        family, ticks = {self.process.pid}, 0
        for name in sorted((int(name) for name in os.listdir("/proc") if name.isdigit())):
            try:
                with open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file:
                    fields = file.read().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has ended
            if name in family or int(fields[1]) in family:
                family.add(name)
                ticks += int(fields[11]) + int(fields[12])
        return ticks

    def page(self, width=1280, height=860, scheme="light"):
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", {"url": "about:blank", "browserContextId": context})["targetId"]
        session = self.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        return Page(self, session, target, width, height, scheme)

    def close(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.home, ignore_errors=True)


class Page:
    """A tab with storage of its own; gathers what a page must not do."""

    def __init__(self, browser, session, target, width, height, scheme):
        self.browser, self.session, self.target = browser, session, target
        self.complaints = []
        self.received = 0
        self.requests = []
        browser.pages[session] = self
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.size(width, height)
        self.scheme(scheme)

    def call(self, method, **parameters):
        return self.browser.call(method, parameters, self.session)

    def size(self, width, height, mobile=None):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1,
                  mobile=width < 600 if mobile is None else mobile)

    def scheme(self, value):
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": value}])

    def hear(self, method, event):
        if method == "Runtime.exceptionThrown":
            detail = event["exceptionDetails"]
            self.complaints.append(detail.get("exception", {}).get("description") or detail["text"])
        elif method == "Runtime.consoleAPICalled" and event["type"] in ("error", "warning", "assert"):
            self.complaints.append(" ".join(str(one.get("value", one.get("description"))) for one in event["args"]))
        elif method == "Log.entryAdded" and event["entry"]["level"] in ("error", "warning"):
            self.complaints.append(f"{event['entry']['text']} {event['entry'].get('url', '')}")
        elif method == "Network.loadingFinished":
            self.received += int(event["encodedDataLength"])
        elif method == "Network.requestWillBeSent":
            self.requests.append(event["request"]["url"])

    def evaluate(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in answer:
            detail = answer["exceptionDetails"]
            raise Failed(f"{expression[:120]}: {detail.get('exception', {}).get('description', detail['text'])}")
        return answer["result"].get("value")

    def wait(self, what, expression, seconds=20):
        """Until the expression is true, which it answers."""
        end = time.monotonic() + seconds
        while True:
            value = self.evaluate(expression)
            if value:
                return value
            if time.monotonic() > end:
                raise Failed(f"{what} did not come within {seconds} s; the page says:\n{self.evaluate('document.body.innerText')[:1500]}")
            self.browser.pump(0.03)

    def go(self, url, ready="!!document.querySelector('main h1')"):
        self.call("Page.navigate", url=url)
        self.wait(f"the page at {url}", f"location.href !== 'about:blank' && document.readyState === 'complete' && {ready}")

    def text(self, selector="main"):
        return self.evaluate(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")

    def sees(self, text, selector="main", seconds=20):
        return self.wait(f"“{text}”", f"(document.querySelector({json.dumps(selector)})?.innerText ?? '').includes({json.dumps(text)})", seconds)

    def click(self, text, selector="button, a, summary, label"):
        """The first visible element that says so, by the mouse."""
        found = f"""(() => {{
          const all = [...document.querySelectorAll({json.dumps(selector)})];
          const scope = document.querySelector('dialog[open]');
          const one = all.find((e) => (!scope || scope.contains(e)) && e.offsetParent !== null && (e.innerText.trim() === {json.dumps(text)} || e.getAttribute('aria-label') === {json.dumps(text)}));
          if (!one) return null;
          one.scrollIntoView({{ block: 'center' }});
          const box = one.getBoundingClientRect();
          return [box.x + box.width / 2, box.y + box.height / 2];
        }})()"""
        x, y = self.wait(f"something to press that says “{text}”", found)
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def press(self, key, shift=False):
        code, produced = KEYS.get(key, (ord(key.upper()[0]), key))
        common = {"key": key, "windowsVirtualKeyCode": code, "modifiers": 8 if shift else 0}
        down = {"type": "keyDown", **common}
        if produced:
            down["text"] = produced
        self.call("Input.dispatchKeyEvent", **down)
        self.call("Input.dispatchKeyEvent", type="keyUp", **common)

    def focused(self):
        return self.evaluate("(document.activeElement?.getAttribute('aria-label') || document.activeElement?.innerText || document.activeElement?.name || '').trim()")

    def picture(self, path, whole=False):
        options = {"format": "png"}
        if whole:
            box = self.call("Page.getLayoutMetrics")["cssContentSize"]
            options.update(captureBeyondViewport=True, clip={"x": 0, "y": 0, "width": box["width"], "height": box["height"], "scale": 1})
        with open(path, "wb") as file:
            file.write(base64.b64decode(self.call("Page.captureScreenshot", **options)["data"]))

    def close(self):
        self.browser.call("Target.closeTarget", {"targetId": self.target})
        self.browser.pages.pop(self.session, None)
