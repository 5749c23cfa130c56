# Holdgate in a container: not root, a file system that can be read-only, one writable volume.
#   docker run --read-only -v holdgate-data:/data -v ./holdgate.yaml:/etc/holdgate/holdgate.yaml:ro -p 8080:8080 -p 8081:8081 holdgate
# In the configuration: `data_dir: /data`, and `listen` on 0.0.0.0.
FROM node:26-slim AS build
WORKDIR /build
COPY package.json package-lock.json ./
# The image has its own Node: the pinned one, which an install script fetches, is not needed here.
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY scripts/copy-data.mjs ./scripts/
COPY src ./src
RUN node node_modules/typescript/bin/tsc -p tsconfig.build.json && node scripts/copy-data.mjs && npm prune --omit=dev --ignore-scripts

FROM node:26-slim
ENV NODE_ENV=production
WORKDIR /opt/holdgate
COPY --from=build /build/node_modules ./node_modules
COPY --from=build /build/dist ./dist
COPY package.json LICENSE NOTICE ./
COPY bin ./bin
RUN ln -s /opt/holdgate/bin/holdgate /usr/local/bin/holdgate && install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080 8081
# The console answers /readyz only when store, audit log and policy are usable.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8081/readyz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# exec all the way down: the gate is process 1 and gets SIGTERM.
ENTRYPOINT ["holdgate"]
CMD ["serve", "--config", "/etc/holdgate/holdgate.yaml"]
