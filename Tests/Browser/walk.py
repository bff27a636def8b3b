"""The dashboard in a real browser, on the real program: walk.py PROGRAM [PICTURES]

Signs in, watches a push travel to its commit, rolls back from the page and looks into git, does the same by
keyboard alone, has a target told again, looks at a rollout, loses the connection and finds it again; and has axe-core
look at every page.
"""

import importlib.resources
import json
import os
import sys
import time
import traceback

from chromium import Chromium, Failed
from town import READER, TOKEN, Town

STEPS = []


def step(function):
    STEPS.append(function)
    return function


class Walk:
    def __init__(self, program, pictures):
        self.pictures = pictures
        self.program = program
        self.town = Town(program, receiver=True)
        self.browser = Chromium()
        self.page = self.browser.page()
        self.axe = importlib.resources.files("axe_playwright_python").joinpath("axe.min.js").read_text(encoding="utf-8")

    def close(self):
        self.browser.close()
        self.town.close()

    def picture(self, name):
        if self.pictures:
            self.page.picture(os.path.join(self.pictures, f"{name}.png"))

    def quiet(self, page=None):
        """No error on the console, no violation of the page's policy."""
        page = page or self.page
        if page.complaints:
            raise Failed(f"the browser complains: {page.complaints}")

    def accessible(self, what, page=None):
        """No violation that axe-core calls serious or critical."""
        page = page or self.page
        if page.evaluate("typeof axe === 'undefined'"):
            page.evaluate(self.axe + "; 1")
        found = page.evaluate("axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map((v) => ({ id: v.id, impact: v.impact, help: v.help, nodes: v.nodes.map((n) => n.html + ' ' + (n.any[0]?.message ?? '')) })))")
        bad = [one for one in found if one["impact"] in ("serious", "critical", "moderate")]
        if bad:
            raise Failed(f"{what}: " + json.dumps(bad, indent=1)[:3000])

    def sign_in(self, page, token):
        page.wait("the sign-in", "document.activeElement?.id === 'token'")
        page.type(token)
        page.press("Enter")


def same_document(page):
    """It was not loaded anew since it was marked."""
    return page.evaluate("window.marked === true")


@step
def a_wrong_token_signs_nobody_in(walk):
    page = walk.page
    page.go(walk.town.url)
    walk.accessible("sign-in")
    walk.picture("sign-in")
    walk.sign_in(page, "wrong-token-0123456789")
    page.sees("No token of the configuration is this one.")
    # The browser itself says that something was answered 401, and nothing else.
    assert len(page.complaints) == 1 and "401" in page.complaints[0], page.complaints
    page.complaints.clear()


@step
def a_token_does_and_is_not_kept_in_the_page(walk):
    page = walk.page
    page.evaluate("document.getElementById('token').select()")
    page.type(TOKEN)
    page.press("Enter")
    page.sees("Services")
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live')")
    assert page.evaluate("document.cookie") == "", "a script can read the cookie"
    assert TOKEN not in page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage }) + document.documentElement.outerHTML")
    walk.quiet()


@step
def a_push_is_watched_to_its_commit_without_reloading(walk):
    page, town = walk.page, walk.town
    page.evaluate("window.marked = true; window.seen = []; new MutationObserver(() => { for (const e of document.querySelectorAll('.strip .card-state')) window.seen.push(e.innerText.trim().split(/\\s/)[0]); }).observe(document.body, { subtree: true, childList: true, characterData: true })")
    for number in (1, 2):
        before, after = town.change(["backend", "frontend"], f"feat: version {number} <script>alert({number})</script>")
        town.deliver(before, after)
        page.wait(f"version {number} in the list", f"[...document.querySelectorAll('.services .row')].filter((row) => row.innerText.includes('{after[:7]}') && row.innerText.includes('deployed')).length === 2", 60)
        page.wait("the end of what was under way", "document.querySelectorAll('.strip .tone-committed').length >= 2")
    seen = set(page.evaluate("window.seen"))
    assert {"building", "committed"} <= seen, f"only {seen} were seen"
    assert same_document(page), "the page was loaded again"
    assert "<script>alert(2)</script>" in page.text(), "a subject is shown as it is"
    walk.accessible("services")
    walk.picture("services")
    walk.quiet()


@step
def a_rollback_says_what_it_will_commit_and_does_that(walk):
    page, town = walk.page, walk.town
    first = town.git("log", "--format=%h", "--abbrev=7", "--grep", "feat: version 1", "main", where=town.origin)
    second = town.git("log", "--format=%h", "--abbrev=7", "--grep", "feat: version 2", "main", where=town.origin)
    page.click("backend")
    page.sees("History")
    walk.accessible("service")
    page.click("Roll back…")
    page.sees(f"chore: rollback backend to {first}", "dialog")
    preview = page.text("dialog")
    for words in (f'- newTag: "{second}"', f'+ newTag: "{first}"', "k8s/backend", "on hold until somebody releases it", "branch main"):
        assert words in preview, f"{words!r} is not said: {preview}"
    walk.accessible("rollback dialog")
    walk.picture("rollback")
    page.evaluate("document.getElementById('reason').focus()")
    page.type("errors on checkout")
    page.click("Roll back")
    page.wait("the deployment's page", "location.pathname === '/deployments/backend-3'")
    page.sees("committed", "main .title")
    page.sees("is on main")
    assert town.tip() == f"chore: rollback backend to {first}", town.tip()
    assert f'newTag: "{first}"' in town.file("k8s/backend/kustomization.yaml")
    assert same_document(page), "the page was loaded again"
    walk.accessible("deployment")
    walk.picture("deployment")
    walk.quiet()


@step
def by_keyboard_alone(walk):
    """From the list to the service, to its release, and back."""
    page, town = walk.page, walk.town
    page.evaluate("document.activeElement?.blur()")
    page.press("g")
    page.press("s")
    page.wait("the services", "location.pathname === '/' && !!document.querySelector('.services .row')")
    page.press("/")
    page.wait("the filter", "document.activeElement?.type === 'search'")
    page.type("backend")
    page.wait("one service", "document.querySelectorAll('.services .row').length === 1")
    page.press("Escape")
    page.press("j")
    page.wait("the row's link", "document.activeElement?.matches('[data-open]')")
    page.press("Enter")
    page.sees("On hold until somebody releases it")
    for _ in range(40):
        if page.focused().startswith("Release…"):
            break
        page.press("Tab")
    else:
        raise Failed("Tab does not come to Release…")
    page.press("Enter")
    page.sees("Nothing waits", "dialog")
    page.wait("the focus inside the dialog", "document.querySelector('dialog').contains(document.activeElement)")
    walk.accessible("release dialog")
    page.type("it was the network")
    page.press("Enter")
    page.wait("the release", "!document.querySelector('dialog') && !document.querySelector('.notice.hold')")
    page.sees("backend is released.", "#toasts")
    page.press("?")
    page.sees("previous row", "dialog")
    page.press("Escape")
    page.wait("no dialog", "!document.querySelector('dialog')")
    assert town.tip().startswith("chore: rollback backend"), "a release without a held deployment commits nothing"
    walk.quiet()


@step
def what_a_target_was_not_told_is_told_again(walk):
    page = walk.page
    page.press("g")
    page.press("n")
    page.wait("what was given up", "[...document.querySelectorAll('.notifications .row')].some((row) => row.innerText.includes('gone') && row.innerText.includes('given up'))")
    page.click("given up")
    page.wait("only that", "location.search === '?state=dead' && [...document.querySelectorAll('.notifications .row')].every((row) => row.innerText.includes('given up'))")
    newest = page.evaluate("document.querySelector('.notifications .row .name .mono').innerText")
    page.click("Send again…")
    page.sees("Nothing is deployed.", "dialog")
    walk.accessible("send again dialog")
    page.click("Send again")
    page.sees("gone is told again.", "#toasts")
    page.wait("its leaving the list", f"![...document.querySelectorAll('.notifications .name .mono')].some((id) => id.innerText === '{newest}')")
    page.wait("its end", f"[...document.querySelectorAll('.notifications .name .mono')].some((id) => id.innerText === '{newest}')", 30)
    walk.quiet()


@step
def a_rollout_is_shown_and_what_argo_cd_would_refuse(walk):
    town = Town(walk.program, argocd=True, services=("backend",))
    page = walk.browser.page()
    try:
        page.go(town.url)
        walk.sign_in(page, TOKEN)
        page.sees("Services")
        for number in (1, 2):
            before, after = town.change(["backend"], f"feat: rollout {number}")
            town.deliver(before, after)
            page.wait(f"version {number} live", f"[...document.querySelectorAll('.services .row')].some((row) => row.innerText.includes('{after[:7]}') && row.innerText.includes('healthy'))", 60)
        page.click("backend")
        page.click("Rollout")
        page.sees("Argo CD: backend")
        panel = page.text("section[aria-label=Rollout]")
        for words in ("synced", "Auto-sync", "backend-7c9d-x1", "Running"):
            assert words in panel, f"{words!r} is not shown: {panel}"
        assert page.evaluate("[...document.querySelectorAll('section[aria-label=Rollout] button')].every((button) => button.title.includes('auto-sync is on'))")
        walk.accessible("rollout", page)
        walk.quiet(page)
        if walk.pictures:
            page.picture(os.path.join(walk.pictures, "rollout.png"))
        the_focus_stays_on_its_button(page, town)
        walk.quiet(page)
    finally:
        page.close()
        town.close()


def the_focus_stays_on_its_button(page, town):
    """Others come before it: of a service whose health was not known yet."""
    page.evaluate("""
        const before = window.fetch;
        window.fetch = async (address, options) => {
          const answer = await before(address, options);
          if (!String(address).endsWith("/services/backend")) return answer;
          return new Response(JSON.stringify({ ...await answer.json(), health: null }), { headers: answer.headers });
        }; 1""")
    page.press("g")
    page.press("s")
    page.wait("the services", "location.pathname === '/' && !!document.querySelector('.services .row')")
    page.click("backend")
    page.wait("its buttons", "document.querySelectorAll('.actions button').length === 3")
    page.evaluate("document.querySelectorAll('.actions button')[2].focus()")
    assert page.focused().startswith("Roll back…"), page.focused()
    town.call("POST", "/services/backend/hold", {"until": "released", "reason": "to be looked at"}, expected=(200, 201))
    page.wait("more of them", "document.querySelectorAll('.actions button').length === 5")
    assert page.focused().startswith("Roll back…"), page.focused()


@step
def every_page_is_accessible_in_light_and_dark_and_on_a_phone(walk):
    page, town = walk.page, walk.town
    guid = page.evaluate("fetch('/api/v1/deliveries?limit=1').then((r) => r.json()).then((d) => d.items[0].guid)")
    places = ["/", "/services/backend", "/deployments", "/deployments/backend-2", "/deliveries", f"/deliveries/{guid}", "/notifications",
              "/compare?from=backend-1&to=backend-2", "/insights", "/audit", "/deployments/backend-99"]
    for width, scheme in ((1280, "light"), (390, "dark")):
        page.size(width, 844)
        page.scheme(scheme)
        for place in places:
            missing = place.endswith("-99")
            page.go(town.url + place)
            page.wait("what it shows", "!document.querySelector('main').innerText.includes('Loading…')")
            walk.accessible(f"{place} {scheme} {width}")
            wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{place} is {wide} px too wide at {width}"
            if missing:
                page.sees("Not found")
                page.complaints.clear()
            walk.picture(f"{place.split('?')[0].strip('/').replace('/', '-') or 'home'}-{scheme}-{width}")
            walk.quiet()
    page.size(1280, 860)
    page.scheme("light")


@step
def the_switch_of_colours_stays(walk):
    page = walk.page
    page.go(walk.town.url)
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    page.press("t")
    page.press("t")
    page.wait("the dark", "document.documentElement.dataset.theme === 'dark'")
    dark = page.evaluate(paper)
    assert light != dark
    page.go(walk.town.url)
    assert page.evaluate(paper) == dark, "the choice is forgotten"
    page.press("t")
    walk.quiet()


@step
def who_may_only_read_is_told_why(walk):
    page = walk.browser.page()
    page.go(walk.town.url)
    walk.sign_in(page, READER)
    page.sees("Services")
    page.click("backend")
    page.sees("History")
    assert page.evaluate("document.getElementById('nav-audit').hidden")
    assert page.evaluate("[...document.querySelectorAll('.actions button')].every((b) => b.getAttribute('aria-disabled') === 'true')")
    page.press("r")
    page.sees("has the role read", "#toasts")
    assert not page.evaluate("!!document.querySelector('dialog')")
    walk.quiet(page)
    page.close()


@step
def a_lost_connection_is_said_and_found_again(walk):
    page, town = walk.page, walk.town
    page.go(town.url)
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live')")
    town.stop()
    page.sees("Not connected", "#banner")
    page.sees("Services")
    walk.accessible("not connected")
    walk.picture("not-connected")
    town.start()
    # The browser says itself that nobody answered, if it asked in between.
    page.complaints[:] = [one for one in page.complaints if "ERR_CONNECTION_REFUSED" not in one]
    # The session outlives the restart: nobody is asked for the token again.
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live') && document.getElementById('banner').hidden")
    before, after = town.change(["frontend"], "feat: after the restart")
    town.deliver(before, after)
    page.wait("a push after it", f"[...document.querySelectorAll('.services .row')].some((row) => row.innerText.includes('{after[:7]}') && row.innerText.includes('deployed'))", 60)
    walk.quiet()


@step
def nothing_is_live_before_what_was_missed_is_loaded(walk):
    """A server that was restarted knows no place to go on from: all has to be loaded again, and that fails at first."""
    page, town = walk.page, walk.town
    page.go(town.url + "/deployments")
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live')")
    page.evaluate("""
        window.streams = 0; window.isCut = true; const whole = window.fetch;
        window.fetch = (address, options) => {
          if (String(address).startsWith("/api/v1/events")) return whole(address, options).finally(() => { streams += 1; });
          return isCut ? Promise.reject(new TypeError("cut")) : whole(address, options);
        }; 1""")
    town.stop()
    page.sees("Not connected", "#banner")
    rows = page.evaluate("document.querySelectorAll('.history .row').length")
    assert rows > 0
    town.start()
    before, after = town.change(["frontend"], "feat: while the page was cut off")
    town.deliver(before, after)
    page.evaluate("window.streams = 0")
    for tries in (2, 4):
        page.wait("another try", f"streams >= {tries}", 40)
        assert page.evaluate("document.getElementById('live').innerText") == "Not connected"
        assert page.evaluate("document.querySelectorAll('.history .row').length") == rows, "what was there is still shown"
    page.evaluate("window.isCut = false")
    page.click("Try now", "#banner button")
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live') && document.getElementById('banner').hidden")
    page.wait("the push", f"document.querySelector('main').innerText.includes('{after[:7]}')", 60)
    # Of the stream that the browser lost, and of its tries while nobody listened.
    page.complaints[:] = [one for one in page.complaints if "net::ERR_CONNECTION_" not in one]
    walk.quiet()


@step
def a_rollback_goes_where_it_said(walk):
    """What is the one before is another one by the time that it is confirmed."""
    page, town = walk.page, walk.town
    page.go(town.url + "/services/backend")
    for number in (1, 2):
        before, after = town.change(["backend"], f"feat: on the way {number}")
        town.deliver(before, after)
        page.wait(f"the push {number}", f"document.querySelector('.now-tag')?.innerText === '{after[:7]}'", 60)
        if number == 1:
            page.click("Roll back…")
            page.sees("comes back", "dialog")
            said = page.evaluate("document.querySelector('dialog .commit b').innerText")
    page.evaluate("document.getElementById('reason').focus()")
    page.type("it was decided before")
    page.click("Roll back")
    page.sees("is on main", "main", 60)
    assert town.tip() == said, f"{town.tip()}; it said {said}"
    walk.quiet()


@step
def a_session_that_ends_elsewhere_is_said(walk):
    page = walk.page
    ended = "fetch('/session', { method: 'DELETE', headers: { 'X-Slipway-CSRF': '1' } }).then((r) => r.status)"
    assert page.evaluate(ended) == 200
    page.wait("the sign-in", "document.activeElement?.id === 'token'")
    page.sees("The session has ended")
    page.complaints.clear()
    walk.sign_in(page, TOKEN)
    page.wait("the stream", "document.getElementById('live').innerText.includes('Live')")
    walk.quiet()


@step
def signing_out_leaves_nothing(walk):
    page = walk.page
    page.evaluate("document.querySelector('.account summary').click()")
    page.click("Sign out")
    page.wait("the sign-in", "document.activeElement?.id === 'token'")
    assert page.evaluate("fetch('/api/v1/services').then((r) => r.status)") == 401
    page.complaints.clear()


def main():
    program = sys.argv[1]
    pictures = sys.argv[2] if len(sys.argv) > 2 else None
    if pictures:
        os.makedirs(pictures, exist_ok=True)
    walk = Walk(program, pictures)
    try:
        for run in STEPS:
            begun = time.monotonic()
            try:
                run(walk)
            except (Failed, AssertionError, TimeoutError) as error:
                print(f"FAILED {run.__name__.replace('_', ' ')}\n{traceback.format_exc(limit=-1)}", file=sys.stderr)
                if pictures:
                    walk.page.picture(os.path.join(pictures, "failed.png"))
                return 1
            print(f"ok ({time.monotonic() - begun:4.1f} s) {run.__name__.replace('_', ' ')}", flush=True)
        return 0
    finally:
        walk.close()


if __name__ == "__main__":
    sys.exit(main())
