# syntax=docker/dockerfile:1

FROM swift:6.3-bookworm AS build
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

FROM debian:bookworm-slim
RUN apt-get update \
 && apt-get install --yes --no-install-recommends \
      buildah ca-certificates git golang-github-containers-common libcap2-bin libcurl4 libpq5 \
      libsqlite3-0 libssl3 openssh-client uidmap zlib1g \
 && rm -rf /var/lib/apt/lists/* \
 # Set-uid root, these two would need CAP_DAC_OVERRIDE inside a container; with file capabilities
 # CAP_SETUID and CAP_SETGID are enough for builds by an ordinary user.
 && chmod 0755 /usr/bin/newuidmap /usr/bin/newgidmap \
 && setcap cap_setuid+ep /usr/bin/newuidmap \
 && setcap cap_setgid+ep /usr/bin/newgidmap \
 && groupadd --gid 10001 slipway \
 && useradd --uid 10001 --gid slipway --home-dir /var/lib/slipway --create-home \
      --shell /usr/sbin/nologin slipway \
 && echo slipway:100000:65536 > /etc/subuid \
 && echo slipway:100000:65536 > /etc/subgid
COPY --from=build /out/slipway /usr/local/bin/slipway
ENV HOME=/var/lib/slipway
WORKDIR /var/lib/slipway
VOLUME /var/lib/slipway
USER 10001:10001
EXPOSE 8080
ENTRYPOINT ["/usr/local/bin/slipway"]
CMD ["serve", "--config", "/etc/slipway/slipway.yaml"]
