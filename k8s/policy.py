"""Holds rendered manifests to what docs/operations.md says of them. Reads YAML from files or standard input,
prints what is wrong and exits 1 if anything is.

usage: kubectl kustomize k8s | policy.py      policy.py --planted RENDERED   (does it find what is wrong?)

Every pod keeps to the `restricted` profile of the Pod Security Standards, to a read-only root file system,
to limits and probes. One workload alone may have what stands in EXEMPT, and no more."""
import copy, sys, yaml

# What rootless BuildKit needs; k8s/buildkit/statefulset.yaml says why.
EXEMPT = {
    ("slipway-buildkit", "StatefulSet", "buildkit"): {
        "seccomp Unconfined", "AppArmor Unconfined", "allowPrivilegeEscalation",
        "adds SETGID", "adds SETUID",
    },
}
WORKLOADS = {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"}
VOLUMES = {"configMap", "secret", "emptyDir", "projected", "downwardAPI", "persistentVolumeClaim", "ephemeral"}


def pod(document):
    kind, spec = document["kind"], document.get("spec", {})
    if kind == "Pod":
        return spec
    if kind == "CronJob":
        spec = spec["jobTemplate"]["spec"]
    return spec["template"]["spec"]


def labels(document):
    return (document["spec"].get("template", {}).get("metadata", {}).get("labels", {}) or {})


def pod_faults(document):
    spec = pod(document)
    security = spec.get("securityContext", {})
    if spec.get("automountServiceAccountToken") is not False:
        yield "mounts a service account's token"
    if spec.get("serviceAccountName", "default") == "default":
        yield "uses the default service account"
    for key in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(key):
            yield key
    for volume in spec.get("volumes", []):
        for kind in set(volume) - {"name"} - VOLUMES:
            yield "volume " + kind
    for container in spec.get("initContainers", []) + spec.get("containers", []):
        own = container.get("securityContext", {})
        merged = {**security, **own}
        capabilities = own.get("capabilities", {})
        if own.get("privileged"):
            yield "privileged"
        if own.get("allowPrivilegeEscalation") is not False:
            yield "allowPrivilegeEscalation"
        if "ALL" not in capabilities.get("drop", []):
            yield "keeps capabilities"
        for name in capabilities.get("add", []):
            yield "adds " + name
        if own.get("readOnlyRootFilesystem") is not True:
            yield "writes to its root file system"
        if merged.get("runAsNonRoot") is not True or merged.get("runAsUser", 0) == 0:
            yield "may run as root"
        seccomp = merged.get("seccompProfile", {}).get("type")
        if seccomp != "RuntimeDefault":
            yield "seccomp %s" % seccomp
        apparmor = merged.get("appArmorProfile", {}).get("type", "RuntimeDefault")
        if apparmor != "RuntimeDefault":
            yield "AppArmor %s" % apparmor
        resources = container.get("resources", {})
        for amount in ("cpu", "memory"):
            if amount not in resources.get("requests", {}):
                yield "no %s request" % amount
        for amount in ("memory", "ephemeral-storage"):
            if amount not in resources.get("limits", {}):
                yield "no %s limit" % amount
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            if probe not in container:
                yield "no " + probe
        image = container["image"].rsplit("/", 1)[-1]
        if "@" not in image and (":" not in image or image.endswith(":latest")):
            yield "an image without a version: " + container["image"]
        for variable in container.get("env", []):
            if "value" in variable and any(
                    word in variable["name"] for word in ("PASSWORD", "TOKEN", "SECRET", "DATABASE_URL", "KEY")):
                yield "a secret in the clear: " + variable["name"]


def faults(documents):
    found, used = [], set()
    workloads = [one for one in documents if one["kind"] in WORKLOADS]
    for one in workloads:
        metadata = one["metadata"]
        name = (metadata.get("namespace"), one["kind"], metadata["name"])
        for fault in pod_faults(one):
            if fault in EXEMPT.get(name, ()):
                used.add((name, fault))
            else:
                found.append("%s/%s/%s: %s" % (name + (fault,)))
        if one["kind"] in ("Deployment", "StatefulSet"):
            selected = [
                budget for budget in documents
                if budget["kind"] == "PodDisruptionBudget" and budget["metadata"].get("namespace") == name[0]
                and budget["spec"]["selector"]["matchLabels"].items() <= labels(one).items()]
            if len(selected) != 1:
                found.append("%s/%s/%s: has %d disruption budgets, not one" % (name + (len(selected),)))
            strategy = one["spec"].get("strategy", {})
            if one["spec"].get("replicas", 1) > 1 and one["kind"] == "Deployment":
                rolling = strategy.get("rollingUpdate", {})
                if rolling.get("maxUnavailable") != 0 or rolling.get("maxSurge") != 1:
                    found.append("%s/%s/%s: is replaced with a gap" % name)
    for namespace in {one["metadata"].get("namespace") for one in workloads}:
        if not any(
                one["kind"] == "NetworkPolicy" and one["metadata"].get("namespace") == namespace
                and one["spec"]["podSelector"] == {}
                and set(one["spec"]["policyTypes"]) == {"Ingress", "Egress"}
                and not one["spec"].get("ingress") and not one["spec"].get("egress")
                for one in documents):
            found.append("%s: no default-deny network policy" % namespace)
        exempt = any(key[0] == namespace for key in EXEMPT)
        enforced = [one["metadata"].get("labels", {}).get("pod-security.kubernetes.io/enforce")
                    for one in documents if one["kind"] == "Namespace" and one["metadata"]["name"] == namespace]
        if enforced != ["privileged" if exempt else "restricted"]:
            found.append("%s: enforces %s" % (namespace, enforced))
    for one in documents:
        if one["kind"] == "Secret":
            found.append("Secret %s: secrets are referred to, not written down" % one["metadata"]["name"])
        if one["kind"] in ("ClusterRole", "ClusterRoleBinding"):
            found.append("%s %s: rights in the whole cluster" % (one["kind"], one["metadata"]["name"]))
        if one["kind"] == "Role":
            for rule in one.get("rules", []):
                if "*" in rule["verbs"] + rule["resources"] + rule["apiGroups"] or "secrets" in rule["resources"]:
                    found.append("Role %s: wide rights" % one["metadata"]["name"])
    present = {(one["metadata"].get("namespace"), one["kind"], one["metadata"]["name"]) for one in workloads}
    for name, allowed in EXEMPT.items():
        for fault in allowed if name in present else ():
            if (name, fault) not in used:
                found.append("%s/%s/%s: is exempted from `%s` and does not need it" % (name + (fault,)))
    return found


def plant(documents):
    """Each with one thing wrong, and what should be found."""
    def change(kind, name, body):
        planted = copy.deepcopy(documents)
        body(next(one for one in planted if one["kind"] == kind and one["metadata"]["name"] == name))
        return planted

    def slipway(body):
        return change("Deployment", "slipway", lambda one: body(pod(one)))

    def container(body):
        return slipway(lambda spec: body(spec["containers"][0]))

    yield "privileged", container(lambda one: one["securityContext"].update(privileged=True))
    yield "allowPrivilegeEscalation", container(lambda one: one["securityContext"].pop("allowPrivilegeEscalation"))
    yield "keeps capabilities", container(lambda one: one["securityContext"]["capabilities"].pop("drop"))
    yield "adds SYS_ADMIN", container(lambda one: one["securityContext"]["capabilities"].update(add=["SYS_ADMIN"]))
    yield "writes to its root", container(lambda one: one["securityContext"].pop("readOnlyRootFilesystem"))
    yield "may run as root", slipway(lambda one: one["securityContext"].pop("runAsNonRoot"))
    yield "may run as root", container(lambda one: one["securityContext"].update(runAsUser=0))
    yield "seccomp", slipway(lambda one: one["securityContext"].pop("seccompProfile"))
    yield "hostNetwork", slipway(lambda one: one.update(hostNetwork=True))
    yield "volume hostPath", slipway(lambda one: one["volumes"].append({"name": "x", "hostPath": {"path": "/"}}))
    yield "service account's token", slipway(lambda one: one.pop("automountServiceAccountToken"))
    yield "no memory limit", container(lambda one: one["resources"]["limits"].pop("memory"))
    yield "no readinessProbe", container(lambda one: one.pop("readinessProbe"))
    yield "without a version", container(lambda one: one.update(image="registry.example.com/slipway:latest"))
    yield "in the clear", container(lambda one: one.update(env=[{"name": "DATABASE_URL", "value": "postgres://"}]))
    yield "adds SYS_ADMIN", change("StatefulSet", "buildkit", lambda one: pod(one)["containers"][0][
        "securityContext"]["capabilities"]["add"].append("SYS_ADMIN"))
    yield "does not need it", change("StatefulSet", "buildkit", lambda one: pod(one)["containers"][0][
        "securityContext"]["capabilities"]["add"].remove("SETUID"))
    yield "enforces", change("Namespace", "slipway", lambda one: one["metadata"].pop("labels"))
    yield "default-deny", change("NetworkPolicy", "default-deny", lambda one: one["spec"].update(ingress=[{}]))
    yield "disruption budgets", change("PodDisruptionBudget", "slipway", lambda one: one["spec"].update(
        selector={"matchLabels": {"app": "x"}}))
    yield "not written down", documents + [{"kind": "Secret", "metadata": {"name": "x"}}]
    yield "whole cluster", documents + [{"kind": "ClusterRole", "metadata": {"name": "x"}}]


arguments = sys.argv[1:]
if arguments[:1] == ["--planted"]:
    rendered = [one for one in yaml.safe_load_all(open(arguments[1])) if one]
    wrong = faults(rendered)
    for words, planted in plant(rendered):
        if not any(words in fault for fault in faults(planted)):
            wrong.append("what was planted is not found: " + words)
else:
    stream = open(arguments[0]) if arguments else sys.stdin
    wrong = faults([one for one in yaml.safe_load_all(stream) if one])
print("\n".join(wrong), end="\n" if wrong else "")
sys.exit(1 if wrong else 0)
