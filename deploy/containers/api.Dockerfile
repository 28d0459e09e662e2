# The API. From the repository's root: docker build -f deploy/containers/api.Dockerfile -t gatepass-api .
FROM python:3.13-slim-bookworm AS build
WORKDIR /srv/gatepass
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
COPY --from=ghcr.io/astral-sh/uv:0.13.9 /uv /usr/local/bin/uv
COPY pyproject.toml uv.lock ./
COPY packages/python packages/python
COPY backend backend
RUN uv sync --frozen --no-dev --no-cache

FROM python:3.13-slim-bookworm
RUN useradd --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin gatepass
COPY --from=build /srv/gatepass /srv/gatepass
WORKDIR /srv/gatepass/backend
ENV PATH=/srv/gatepass/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 API_HOST=0.0.0.0
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=2)"]
CMD ["python", "-m", "taskapi", "serve"]
