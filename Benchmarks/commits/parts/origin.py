"""A bare repository, as a server has it, and a stranger who pushes to it."""
import os
import subprocess
import threading

GIT = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1",
       **{f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
          for what, value in (("NAME", "dev"), ("EMAIL", "dev@example.com"))}}


def git(*arguments, cwd=None):
    return subprocess.run(["git", *map(str, arguments)], cwd=cwd, env=GIT, check=True,
                          capture_output=True, text=True).stdout.strip()


class Origin:
    """`main` with a kustomization and a build context per service."""

    def __init__(self, directory, services, registry="registry.example.com"):
        self.bare, self.work = directory / "origin.git", directory / "work"
        self.services = services
        git("init", "-q", "--bare", "-b", "main", self.bare)
        git("clone", "-q", self.bare, self.work)
        for service in services:
            self.write(f"{service}/Dockerfile", "FROM scratch\nCOPY VERSION /VERSION\n")
            self.write(f"{service}/VERSION", "0\n")
            self.write(f"k8s/{service}/kustomization.yaml",
                       f"resources: []\nimages:\n- name: {registry}/{service}\n"
                       "  newTag: \"0000000\"\n")
        git("add", "-A", cwd=self.work)
        git("commit", "-qm", "begin", cwd=self.work)
        git("push", "-q", "-u", "origin", "HEAD:main", cwd=self.work)

    @property
    def url(self):
        return f"file://{self.bare}"

    def write(self, path, text):
        file = self.work / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def push(self, message):
        """Everything that was written, on top of what others pushed; the new head."""
        git("add", "-A", cwd=self.work)
        git("commit", "-qm", message, cwd=self.work)
        git("pull", "-q", "--rebase", "origin", "main", cwd=self.work)
        git("push", "-q", "origin", "HEAD:main", cwd=self.work)
        return git("rev-parse", "HEAD", cwd=self.work)

    def commits(self, count):
        """So many more, that touch no service; their ids."""
        found = []
        for number in range(count):
            self.write("notes.txt", f"{number}\n")
            git("add", "-A", cwd=self.work)
            git("commit", "-qm", f"source {number}", cwd=self.work)
            found.append(git("rev-parse", "HEAD", cwd=self.work))
        git("push", "-q", "origin", "HEAD:main", cwd=self.work)
        return found

    def tags(self):
        """What stands in each service's manifest."""
        found = {}
        for service in self.services:
            text = git("--git-dir", self.bare, "show", f"main:k8s/{service}/kustomization.yaml")
            found[service] = text.split("newTag:")[1].split()[0].strip("\"'")
        return found

    def commits_of(self, words):
        """How many commits of `main` have these words in their subject."""
        return len(git("--git-dir", self.bare, "log", "--format=%H", "-F", f"--grep={words}",
                       "main").split())

    def is_linear(self):
        return not git("--git-dir", self.bare, "rev-list", "--merges", "main")


class Stranger(threading.Thread):
    """Pushes 50 ms after his last push, until he is told to stop; what he loses he tries again."""

    def __init__(self, origin, directory):
        super().__init__(daemon=True)
        self.work, self.stopped, self.pushes = directory / "stranger", threading.Event(), 0
        git("clone", "-q", origin.bare, self.work)

    def run(self):
        while not self.stopped.wait(0.05):
            (self.work / "README.md").write_text(f"{self.pushes}\n")
            try:
                git("add", "README.md", cwd=self.work)
                git("commit", "-qm", "docs", cwd=self.work)
                git("push", "-q", "origin", "HEAD:main", cwd=self.work)
                self.pushes += 1
            except subprocess.CalledProcessError:
                git("fetch", "-q", "origin", cwd=self.work)
                git("reset", "-q", "--hard", "origin/main", cwd=self.work)

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stopped.set()
        self.join()
