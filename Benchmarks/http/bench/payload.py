"""The push that every server is sent: GitHub's shape, signed, to a branch that deploys nothing."""
import hashlib
import hmac
import json
import os
import pathlib

SECRET = "benchmark-webhook-secret"
REPOSITORY = "https://github.com/acme/shop.git"
REF = "refs/heads/topic/deploys-nothing"
# What a real push of one commit measures.
SIZE = 8500

# The addresses that GitHub's repository object lists, in its order.
ADDRESSES = [
    "forks", "keys{/key_id}", "collaborators{/collaborator}", "teams", "hooks",
    "issues/events{/number}", "events", "assignees{/user}", "branches{/branch}", "tags",
    "git/blobs{/sha}", "git/tags{/sha}", "git/refs{/sha}", "git/trees{/sha}", "statuses/{sha}",
    "languages", "stargazers", "contributors", "subscribers", "subscription", "commits{/sha}",
    "git/commits{/sha}", "comments{/number}", "issues/comments{/number}", "contents/{+path}",
    "compare/{base}...{head}", "merges", "{archive_format}{/ref}", "downloads",
    "issues{/number}", "pulls{/number}", "milestones{/number}",
    "notifications{?since,all,participating}", "labels{/name}", "releases{/id}", "deployments",
]
PERSON = [
    "followers", "following{/other_user}", "gists{/gist_id}", "starred{/owner}{/repo}",
    "subscriptions", "orgs", "repos", "events{/privacy}", "received_events",
]


def person(login, number):
    api = f"https://api.github.com/users/{login}"
    return {
        "login": login, "id": number, "node_id": f"MDQ6VXNlcj{number}", "type": "User",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{number}?v=4", "gravatar_id": "",
        "url": api, "html_url": f"https://github.com/{login}", "site_admin": False,
        **{f"{path.split('{')[0].replace('/', '_')}_url": f"{api}/{path}" for path in PERSON}}


def repository():
    api = "https://api.github.com/repos/acme/shop"
    return {
        "id": 186853002, "node_id": "MDEwOlJlcG9zaXRvcnkxODY4NTMwMDI=", "name": "shop",
        "full_name": "acme/shop", "private": False,
        "owner": {**person("acme", 21031067), "name": "acme", "email": "ops@example.com"},
        "html_url": "https://github.com/acme/shop", "description": "A shop, as monorepo.",
        "fork": False, "url": "https://github.com/acme/shop",
        **{f"{path.split('{')[0].strip('/').replace('/', '_') or 'archive'}_url": f"{api}/{path}"
           for path in ADDRESSES},
        "created_at": 1557933565, "updated_at": "2026-05-15T15:20:41Z", "pushed_at": 1789572057,
        "git_url": "git://github.com/acme/shop.git", "ssh_url": "git@github.com:acme/shop.git",
        "clone_url": REPOSITORY, "svn_url": "https://github.com/acme/shop", "homepage": None,
        "size": 1024, "stargazers_count": 12, "watchers_count": 12, "language": "Swift",
        "has_issues": True, "has_projects": True, "has_downloads": True, "has_wiki": False,
        "has_pages": False, "forks_count": 2, "mirror_url": None, "archived": False,
        "disabled": False, "open_issues_count": 3, "license": None, "forks": 2, "open_issues": 3,
        "watchers": 12, "default_branch": "main", "stargazers": 12, "master_branch": "main"}


def commit(identifier):
    somebody = {"name": "Ada", "email": "ada@example.com", "username": "ada"}
    return {
        "id": identifier, "tree_id": "f9d2a07e9488b91af2641b26b9407fe22a451433", "distinct": True,
        "message": "Show delivery times in the cart",
        "timestamp": "2026-05-15T17:19:55+02:00",
        "url": f"https://github.com/acme/shop/commit/{identifier}",
        "author": somebody, "committer": somebody, "added": [], "removed": [],
        "modified": ["backend/Sources/Cart/DeliveryTimes.swift", "backend/Package.swift"]}


def generated():
    after = "e5c221614eab8ca2ac60bd7992170e701ed1d469"
    before = "6113728f27ae82c7b1a177c8d03f9e96e0adf246"
    head = commit(after)
    return {
        "ref": REF, "before": before, "after": after, "repository": repository(),
        "pusher": {"name": "ada", "email": "ada@example.com"}, "sender": person("ada", 5309204),
        "created": False, "deleted": False, "forced": False, "base_ref": None,
        "compare": f"https://github.com/acme/shop/compare/{before[:12]}...{after[:12]}",
        "commits": [head], "head_commit": head}


def recorded():
    """A push from the fixtures directory, if there is one; else None."""
    root = pathlib.Path(__file__).resolve().parents[3]
    fixtures = pathlib.Path(os.environ.get("SLIPWAY_FIXTURES", root.parent / "shared" / "fixtures"))
    path = fixtures / "github" / "push" / "hand.main-one-commit.json"
    if not path.exists():
        return None
    push = json.loads(path.read_text())
    push["ref"] = REF
    push["repository"]["clone_url"] = REPOSITORY
    return push


def body(push):
    """Compact, as GitHub sends it. The commit's list of files is what varies most in real pushes."""
    while len(text := json.dumps(push, separators=(",", ":")).encode()) < SIZE:
        for holder in [push["head_commit"], *push["commits"][-1:]]:
            if len(holder["modified"]) < 200:
                files = holder["modified"]
                files.append(f"backend/Sources/Cart/View{len(files):03}.swift")
    return text


class Push:
    def __init__(self):
        known = recorded()
        self.origin = "recorded" if known else "generated"
        self.body = body(known or generated())
        self.signature = self.sign(self.body)

    @staticmethod
    def sign(body):
        return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()

    def headers(self, guid, signature=None):
        """As GitHub sends them."""
        return {
            "User-Agent": "GitHub-Hookshot/044aadd", "Accept": "*/*",
            "Content-Type": "application/json", "X-GitHub-Delivery": guid,
            "X-GitHub-Event": "push", "X-GitHub-Hook-ID": "292430182",
            "X-GitHub-Hook-Installation-Target-ID": "186853002",
            "X-GitHub-Hook-Installation-Target-Type": "repository",
            "X-Hub-Signature-256": signature or self.signature}
