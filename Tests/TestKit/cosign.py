#!/usr/bin/env python3
"""What `cosign sign`, `verify`, `version` and `generate-key-pair` of cosign 3.1 do with a key and no transparency log,
for where cosign itself cannot be had. Flags, messages, exit codes, the encrypted key (scrypt, NaCl's secretbox), the
payload and its place in the registry (`sha256-<hex>.sig`) are cosign's; what it would need the internet for fails as
there, and signatures in the new bundle format are not made. OpenSSL makes and checks the signatures."""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request

INDEX, MANIFEST = "application/vnd.oci.image.index.v1+json", "application/vnd.oci.image.manifest.v1+json"
DOCKER = "application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json"
PAYLOAD, SIGNATURE = "application/vnd.dev.cosign.simplesigning.v1+json", "dev.cosignproject.cosign/signature"

REGISTRY = {"allow-http-registry": bool, "allow-insecure-registry": bool, "k8s-keychain": bool, "registry-cacert": str,
            "registry-client-cert": str, "registry-client-key": str, "registry-password": str, "registry-referrers-mode": str,
            "registry-server-name": str, "registry-token": str, "registry-username": str, "timeout": str, "verbose": bool}
FLAGS = {
    "sign": {**REGISTRY, "annotations": list, "bundle": str, "certificate": str, "certificate-chain": str, "identity-token": str, "key": str,
             "new-bundle-format": bool, "oidc-provider": str, "recursive": bool, "record-creation-timestamp": bool, "rekor-url": str,
             "signing-config": str, "sk": bool, "tlog-upload": bool, "trusted-root": str, "upload": bool, "use-signing-config": bool, "yes": bool},
    "verify": {**REGISTRY, "annotations": list, "certificate-identity": str, "certificate-oidc-issuer": str, "check-claims": bool,
               "insecure-ignore-tlog": bool, "key": str, "new-bundle-format": bool, "output": str, "rekor-url": str, "trusted-root": str},
    "version": {"json": bool},
    "generate-key-pair": {"output-key-prefix": str},
}


class Failure(Exception):
    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code


def parse(arguments):
    if not arguments or arguments[0] not in FLAGS:
        raise Failure(f'unknown command "{arguments[0] if arguments else ""}" for "cosign"')
    known, options, names = FLAGS[arguments[0]], {}, []
    rest = iter(arguments[1:])
    for argument in rest:
        if argument == "--":
            names += rest
        elif argument.startswith("-"):
            # cosign's main.go: -abc is --abc.
            name, equals, value = argument.lstrip("-").partition("=")
            kind = known.get(name)
            if kind is None:
                raise Failure(f"unknown flag: --{name}")
            if kind is bool:
                if equals and value not in ("true", "false"):
                    raise Failure(f'invalid argument "{value}" for "--{name}" flag: strconv.ParseBool: parsing "{value}": invalid syntax')
                options[name] = value != "false"
            else:
                if not equals:
                    value = next(rest, None)
                    if value is None:
                        raise Failure(f"flag needs an argument: --{name}")
                options[name] = options.get(name, []) + value.split(",") if kind is list else value
        else:
            names.append(argument)
    return arguments[0], options, names


# MARK: The key: encrypted.Decrypt of go-securesystemslib

def salsa_rounds(words):
    x = list(words)

    def quarter(a, b, c, d):
        for target, one, two, shift in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
            total = (x[one] + x[two]) & 0xFFFFFFFF
            x[target] ^= (total << shift | total >> (32 - shift)) & 0xFFFFFFFF
    for _ in range(10):
        quarter(0, 4, 8, 12), quarter(5, 9, 13, 1), quarter(10, 14, 2, 6), quarter(15, 3, 7, 11)
        quarter(0, 1, 2, 3), quarter(5, 6, 7, 4), quarter(10, 11, 8, 9), quarter(15, 12, 13, 14)
    return x


def words(data):
    return [int.from_bytes(data[i:i + 4], "little") for i in range(0, len(data), 4)]


def salsa_state(key, sixteen):
    constant, k, n = words(b"expand 32-byte k"), words(key), words(sixteen)
    return [constant[0], *k[:4], constant[1], *n, constant[2], *k[4:], constant[3]]


def xsalsa20(key, nonce, length):
    mixed = salsa_rounds(salsa_state(key, nonce[:16]))
    inner = b"".join(mixed[i].to_bytes(4, "little") for i in (0, 5, 10, 15, 6, 7, 8, 9))
    stream, counter = b"", 0
    while len(stream) < length:
        state = salsa_state(inner, nonce[16:] + counter.to_bytes(8, "little"))
        stream += b"".join(((a + b) & 0xFFFFFFFF).to_bytes(4, "little") for a, b in zip(salsa_rounds(state), state))
        counter += 1
    return stream[:length]


def poly1305(key, data):
    r, s, total = int.from_bytes(key[:16], "little") & 0x0FFFFFFC0FFFFFFC0FFFFFFC0FFFFFFF, int.from_bytes(key[16:], "little"), 0
    for i in range(0, len(data), 16):
        total = (total + int.from_bytes(data[i:i + 16] + b"\1", "little")) * r % ((1 << 130) - 5)
    return ((total + s) & ((1 << 128) - 1)).to_bytes(16, "little")


def secretbox(key, nonce, text):
    stream = xsalsa20(key, nonce, 32 + len(text))
    cipher = bytes(a ^ b for a, b in zip(text, stream[32:]))
    return poly1305(stream[:32], cipher) + cipher


def secretbox_open(key, nonce, box):
    stream = xsalsa20(key, nonce, 16 + len(box))
    if len(box) < 16 or not hmac.compare_digest(poly1305(stream[:32], box[16:]), box[:16]):
        raise Failure("decrypt: encrypted: decryption failed")
    return bytes(a ^ b for a, b in zip(box[16:], stream[32:]))


def derived(password, kdf):
    parameters = kdf["params"]
    return hashlib.scrypt(password, salt=base64.b64decode(kdf["salt"]), n=parameters["N"], r=parameters["r"], p=parameters["p"],
                          maxmem=256 << 20, dklen=32)


def encrypted(der, password):
    kdf = {"name": "scrypt", "params": {"N": 65536, "r": 8, "p": 1}, "salt": base64.b64encode(os.urandom(32)).decode()}
    nonce = os.urandom(24)
    box = secretbox(derived(password, kdf), nonce, der)
    text = json.dumps({"kdf": kdf, "cipher": {"name": "nacl/secretbox", "nonce": base64.b64encode(nonce).decode()},
                       "ciphertext": base64.b64encode(box).decode()}, separators=(",", ":"))
    body = base64.b64encode(text.encode()).decode()
    lines = [body[i:i + 64] for i in range(0, len(body), 64)]
    return "\n".join(["-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", *lines, "-----END ENCRYPTED SIGSTORE PRIVATE KEY-----", ""])


def decrypted(pem, password):
    lines = pem.strip().splitlines()
    if not lines or lines[0] not in ("-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----", "-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----"):
        raise Failure("unsupported pem type: " + (lines[0] if lines else ""))
    data = json.loads(base64.b64decode("".join(lines[1:-1])))
    return secretbox_open(derived(password, data["kdf"]), base64.b64decode(data["cipher"]["nonce"]), base64.b64decode(data["ciphertext"]))


def load(reference):
    scheme, separator, rest = reference.partition("://")
    if separator:
        if scheme != "env":
            raise Failure(f"loading URL: unrecognized scheme: {scheme}://")
        if rest not in os.environ:
            raise Failure(f"loading URL: env var ${rest} not found")
        return os.environ[rest]
    try:
        with open(reference) as file:
            return file.read()
    except OSError as error:
        raise Failure(f"open {reference}: {error.strerror.lower()}")


def openssl(*arguments, given=b"", files=()):
    """`files`: contents, whose names stand for `{0}`, `{1}` and so on; none of them is on a disk."""
    descriptors = []
    try:
        for content in files:
            descriptor = os.memfd_create("openssl")
            os.write(descriptor, content)
            os.lseek(descriptor, 0, os.SEEK_SET)
            descriptors.append(descriptor)
        names = [f"/proc/self/fd/{descriptor}" for descriptor in descriptors]
        return subprocess.run(["openssl", *(argument.format(*names) for argument in arguments)], input=given, capture_output=True,
                              pass_fds=descriptors)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def succeeded(result):
    if result.returncode:
        raise Failure(result.stderr.decode(errors="replace").strip())
    return result.stdout


# MARK: The registry

class Registry:
    def __init__(self, image, options):
        host, separator, rest = image.partition("/")
        name, at, self.digest = rest.partition("@")
        if not separator or not at or not self.digest.startswith("sha256:") or len(self.digest) != 71:
            raise Failure(f"parsing reference: could not parse reference: {image}: name a digest")
        self.reference, self.host = f"{host}/{name}", host
        plain = options.get("allow-http-registry") or host.split(":")[0] in ("localhost", "127.0.0.1")
        self.base = f"{'http' if plain else 'https'}://{host}/v2/{name}"
        self.authorization = self.credentials()

    def credentials(self):
        place = os.path.join(os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker"), "config.json")
        if not os.path.exists(place):
            return None
        with open(place) as file:
            entry = json.load(file).get("auths", {}).get(self.host)
        return f"Basic {entry['auth']}" if entry and entry.get("auth") else None

    def call(self, method, url, body=None, accept=None, kind=None):
        headers = {name: value for name, value in
                   {"Authorization": self.authorization, "Accept": accept, "Content-Type": kind}.items() if value}
        target = urllib.parse.urljoin(self.base, url) if url.startswith(("/", "http")) else f"{self.base}/{url}"
        try:
            with urllib.request.urlopen(urllib.request.Request(target, body, headers, method=method), timeout=30) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return 404, error.headers, b""
            body = error.read()
            try:
                one = json.loads(body)["errors"][0]
                text = f"{one['code']}: {one['message']}"
            except (ValueError, KeyError, IndexError):
                text = f"unexpected status code {error.code} {error.reason}"
            raise Failure(f"{method} {target}: {text}")
        except urllib.error.URLError as error:
            reason = str(error.reason).lower()
            why = "connect: connection refused" if "refused" in reason else "i/o timeout" if "timed out" in reason else reason
            raise Failure(f'{method.capitalize()} "{target}": dial tcp {self.host}: {why}')

    def blob(self, content):
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        if self.call("HEAD", f"blobs/{digest}")[0] == 404:
            place = self.call("POST", "blobs/uploads/", b"")[1]["Location"]
            separator = "&" if "?" in place else "?"
            self.call("PUT", f"{place}{separator}digest={urllib.parse.quote(digest)}", content, kind="application/octet-stream")
        return {"size": len(content), "digest": digest}

    @property
    def tag(self):
        return self.digest.replace(":", "-") + ".sig"

    def signatures(self):
        status, _, body = self.call("GET", f"manifests/{self.tag}", accept=MANIFEST)
        return [] if status == 404 else json.loads(body)["layers"]


def is_good(public, payload, signature):
    try:
        raw = base64.b64decode(signature, validate=True)
    except ValueError:
        return False
    return openssl("dgst", "-sha256", "-verify", "{0}", "-signature", "{1}", given=payload, files=(public, raw)).returncode == 0


# MARK: The commands

def sign(options, images):
    with_config = options.get("use-signing-config", True) or "signing-config" in options
    if with_config and not options.get("tlog-upload", True):
        raise Failure("--tlog-upload=false is not supported with --signing-config or --use-signing-config. Provide a signing config with "
                      "--signing-config without a transparency log service")
    if with_config and not options.get("new-bundle-format", True):
        raise Failure("must provide --new-bundle-format or --bundle where applicable with --signing-config or --use-signing-config")
    if "signing-config" in options:
        load(options["signing-config"])
    elif with_config or "key" not in options:
        raise Failure("error getting signing config from TUF: tuf refresh failed: Get \"https://tuf-repo-cdn.sigstore.dev/14.root.json\": dial tcp: "
                      "lookup tuf-repo-cdn.sigstore.dev: no such host")
    elif options.get("tlog-upload", True):
        raise Failure("signing digest: signing bundle: Post \"https://rekor.sigstore.dev/api/v1/log/entries\": dial tcp: lookup "
                      "rekor.sigstore.dev: no such host")
    if options.get("new-bundle-format", True):
        raise Failure("this stand-in makes no bundles: give --new-bundle-format=false")
    if not options.get("yes") and options.get("tlog-upload", True):
        raise Failure("should upload to tlog: user declined the prompt")
    password = os.environ.get("COSIGN_PASSWORD")
    key = decrypted(load(options["key"]), (sys.stdin.read() if password is None else password).encode())
    public = succeeded(openssl("pkey", "-inform", "DER", "-in", "{0}", "-pubout", files=(key,)))
    extra = dict(pair.split("=", 1) for pair in options.get("annotations", [])) or None
    for image in images:
        registry = Registry(image, options)
        accept = f"{INDEX}, {MANIFEST}, {DOCKER}"
        if registry.call("HEAD", f"manifests/{registry.digest}", accept=accept)[0] == 404:
            print("Warning: the image was not found, and is signed all the same", file=sys.stderr)
        payload = json.dumps({"critical": {"identity": {"docker-reference": registry.reference}, "image": {"docker-manifest-digest": registry.digest},
                                           "type": "cosign container image signature"}, "optional": extra}, separators=(",", ":")).encode()
        layers = registry.signatures()
        made = f"sha256:{hashlib.sha256(payload).hexdigest()}"
        if not any(layer["digest"] == made and is_good(public, payload, layer["annotations"][SIGNATURE]) for layer in layers):
            signature = succeeded(openssl("dgst", "-sha256", "-sign", "{0}", "-keyform", "DER", given=payload, files=(key,)))
            layers.append({"mediaType": PAYLOAD, **registry.blob(payload), "annotations": {SIGNATURE: base64.b64encode(signature).decode()}})
        config = json.dumps({"architecture": "", "config": {}, "created": "0001-01-01T00:00:00Z", "history": [{"created": "0001-01-01T00:00:00Z"}] * len(layers),
                             "os": "", "rootfs": {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}}).encode()
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "layers": layers,
                               "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **registry.blob(config)}}).encode()
        print(f"Pushing signature to: {registry.reference}", file=sys.stderr)
        registry.call("PUT", f"manifests/{registry.tag}", manifest, kind=MANIFEST)


def verify(options, images):
    if "key" not in options:
        raise Failure("this stand-in knows keys alone: give --key")
    public = load(options["key"]).encode()
    if not public.startswith(b"-----BEGIN PUBLIC KEY-----"):
        raise Failure("loading public key: pem to public key: unknown Public key PEM file type")
    for image in images:
        registry = Registry(image, options)
        layers = registry.signatures()
        if not layers:
            raise Failure("no signatures found", 10)
        good = []
        for layer in layers:
            payload = registry.call("GET", f"blobs/{layer['digest']}")[2]
            said = json.loads(payload)["critical"]["image"]["docker-manifest-digest"]
            if said == registry.digest and is_good(public, payload, layer["annotations"][SIGNATURE]):
                good.append(json.loads(payload))
        if not good:
            raise Failure("no matching signatures: invalid signature when validating ASN.1 encoded signature", 12)
        if not options.get("insecure-ignore-tlog"):
            raise Failure("no matching signatures: signature not found in transparency log", 12)
        print("WARNING: Skipping tlog verification is an insecure practice that lacks transparency and auditability verification for the signature.",
              file=sys.stderr)
        print(f"\nVerification for {image} --\nThe following checks were performed on each of these signatures:\n  - The cosign claims were validated\n"
              "  - The signatures were verified against the specified public key", file=sys.stderr)
        print(json.dumps(good))


def generate_key_pair(options, _):
    prefix = options.get("output-key-prefix", "cosign")
    der = succeeded(openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-outform", "DER"))
    with open(os.open(f"{prefix}.key", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(encrypted(der, os.environ.get("COSIGN_PASSWORD", "").encode()))
    with open(f"{prefix}.pub", "wb") as file:
        file.write(succeeded(openssl("pkey", "-inform", "DER", "-in", "{0}", "-pubout", files=(der,))))
    print(f"Private key written to {prefix}.key\nPublic key written to {prefix}.pub", file=sys.stderr)


def version(options, _):
    print("GitVersion:    v3.1.2\nGitCommit:     a stand-in\nPlatform:      linux/amd64")


def main():
    try:
        command, options, images = parse(sys.argv[1:])
        if command in ("sign", "verify") and not images:
            raise Failure("requires at least 1 arg(s), only received 0")
        try:
            globals()[command.replace("-", "_")](options, images)
        except Failure as failure:
            if command != "sign":
                raise
            raise Failure(f"signing [{' '.join(images)}]: {failure}", failure.code)
    except Failure as failure:
        print(f"Error: {failure}\nerror during command execution: {failure}", file=sys.stderr)
        return failure.code
    return 0


if __name__ == "__main__":
    sys.exit(main())
