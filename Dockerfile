# Every image of the system:
#
#   docker build --build-arg SERVICE=ingest -t twofold/ingest .      (npm run images builds all of them)
#
# SERVICE is the folder of a workspace, ENTRY the file in it that runs. Node runs the TypeScript as it is, so there is
# no build step: an image holds the service's sources, those of the workspaces that it needs, and production packages.
ARG NODE_IMAGE=node:24-slim

# The manifests alone, so that a change in the sources leaves the installed packages in the cache.
FROM ${NODE_IMAGE} AS manifests
WORKDIR /all
COPY . .
RUN mkdir /app && cp --parents package.json package-lock.json .npmrc */package.json /app

FROM ${NODE_IMAGE} AS packages
ARG SERVICE
WORKDIR /app
COPY --from=manifests /app .
# The root's own packages (tools, and Node itself, which the base has) belong to no workspace and stay away. A workspace
# with packages of its own, because versions differ, would lose them below: this ends the build.
# A registry that wants a token: docker build --secret id=npmrc,src=<file>. What is mounted is in no layer.
RUN --mount=type=cache,target=/root/.npm --mount=type=secret,id=npmrc,target=/root/.npmrc \
    npm ci --workspace "$SERVICE" --omit=dev --ignore-scripts --no-audit --no-fund --loglevel=error \
 && rm -f package.json package-lock.json .npmrc \
 && ! ls -d */node_modules 2>/dev/null

# npm has linked the workspaces that the service needs, and no others. They stay links: Node strips the types of no
# file below node_modules.
FROM packages AS application
ARG SERVICE
ARG ENTRY=src/main.ts
COPY --from=manifests /all /all
RUN for link in node_modules/@twofold/*; do \
      folder=$(basename "$(realpath "$link")"); \
      mkdir -p "wanted/$folder" && cp -R "/all/$folder/." "wanted/$folder/"; \
    done \
 && find . -mindepth 1 -maxdepth 1 ! -name node_modules ! -name wanted -exec rm -rf {} + \
 && mv wanted/* . && rmdir wanted \
 && test -f "$SERVICE/$ENTRY" && ln -s "$SERVICE/$ENTRY" main.ts \
 && echo "process.on('SIGTERM', () => process.listenerCount('SIGTERM') > 1 || process.exit(143))" > first.mjs \
 && chmod -R a+rX,go-w .

FROM ${NODE_IMAGE}
ARG SERVICE
LABEL org.opencontainers.image.title="twofold/${SERVICE}" org.opencontainers.image.licenses="MIT"
# Only the embedded set keeps anything here.
RUN install -d -o 10001 -g 10001 /data
WORKDIR /app
COPY --from=application /app .
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 METRICS_PORT=9090 DATA_DIR=/data
USER 10001:10001
EXPOSE 8080 9090
# Whether the process answers at all; what it waits for is said by /readyz.
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.METRICS_PORT || process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Node is the first process and handles SIGTERM itself: no shell and no npm stands between. Linux would keep the signal
# from a first process without a handler; first.mjs is one until the service has its own.
ENTRYPOINT ["node", "--import", "/app/first.mjs", "/app/main.ts"]
