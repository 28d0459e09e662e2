# The frontend. From the repository's root: docker build -f deploy/containers/web.Dockerfile -t gatepass-web .
FROM node:24-bookworm-slim AS build
WORKDIR /srv/gatepass
ENV NEXT_TELEMETRY_DISABLED=1
COPY package.json package-lock.json .npmrc tsconfig.base.json ./
COPY packages/npm packages/npm
COPY frontend frontend
RUN npm ci --loglevel=error \
 && npm exec --workspace frontend -- next build \
 && rm -rf frontend/.next/cache \
 && npm prune --omit=dev --loglevel=error

FROM node:24-bookworm-slim
COPY --from=build /srv/gatepass /srv/gatepass
WORKDIR /srv/gatepass/frontend
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 WEB_HOST=0.0.0.0
USER 1000
EXPOSE 3000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:3000/health').then(({ok}) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "server.ts"]
