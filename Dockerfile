# Slipway's image: the program, git, ssh and buildctl, for an ordinary user on a read-only root.
#
#   docker build --tag registry.example.com/slipway:0.1.0 .
#   docker build --target slipway-buildah …      with buildah, for `builder.kind: buildah` in the container
#
# Give the arguments that begin with VERSION for the labels, and digests for the images to build the same again.
ARG SWIFT_IMAGE=swift:6.3-bookworm
ARG RUNTIME_IMAGE=debian:bookworm-slim
ARG BUILDKIT_IMAGE=moby/buildkit:v0.32.2

FROM ${BUILDKIT_IMAGE} AS buildkit

FROM ${SWIFT_IMAGE} AS build
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      libcurl4-openssl-dev libpq-dev libsqlite3-dev libssl-dev pkg-config zlib1g-dev \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /src
# A newer compiler may know new warnings: those are for people who change the source.
ENV SLIPWAY_ALLOW_WARNINGS=1
COPY . .
RUN swift build --configuration release --product slipway --static-swift-stdlib -Xlinker -s \
 && install -D "$(swift build --configuration release --show-bin-path)/slipway" /out/slipway

FROM ${RUNTIME_IMAGE} AS slipway
# What apt and ldconfig note of their own runs has times in it, and nobody reads it here.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      ca-certificates git libcurl4 libpq5 libsqlite3-0 libssl3 openssh-client zlib1g \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache /var/log/* \
 && groupadd --gid 10001 slipway \
 && useradd --uid 10001 --gid slipway --home-dir /var/lib/slipway --shell /usr/sbin/nologin slipway \
 && install -d -o slipway -g slipway -m 0700 /var/lib/slipway \
 && rm -f /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow-
COPY --from=buildkit /usr/bin/buildctl /usr/local/bin/buildctl
COPY --from=build /out/slipway /usr/local/bin/slipway
ENV HOME=/var/lib/slipway
WORKDIR /var/lib/slipway
VOLUME /var/lib/slipway
USER 10001:10001
EXPOSE 8080
# Kubernetes has probes of its own. bash speaks to a port by itself, so that no program is here for this
# alone; with `server.tls` take `--no-healthcheck`.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=6 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /livez HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == 'HTTP/1.1 200 '* ]]"]
ENTRYPOINT ["/usr/local/bin/slipway"]
CMD ["serve", "--config", "/etc/slipway/slipway.yaml"]
ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="Slipway" \
      org.opencontainers.image.description="Builds and deploys monorepos that Argo CD follows" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

FROM slipway AS slipway-buildah
USER 0:0
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      buildah golang-github-containers-common libcap2-bin uidmap \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/ldconfig/aux-cache /var/log/* \
 # Set-uid root, these two would need CAP_DAC_OVERRIDE inside a container; with file capabilities
 # CAP_SETUID and CAP_SETGID are enough for builds by an ordinary user.
 && chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap \
 && setcap cap_setuid+ep /usr/bin/newuidmap \
 && setcap cap_setgid+ep /usr/bin/newgidmap \
 && echo slipway:100000:65536 > /etc/subuid \
 && echo slipway:100000:65536 > /etc/subgid
USER 10001:10001

# What `docker build` makes when it is not told.
FROM slipway
