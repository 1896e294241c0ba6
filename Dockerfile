# One image for web, workers, beat and migrations; what it is at run time is the command's choice.

FROM node:22-bookworm-slim AS fonts
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-fund --no-audit

FROM python:3.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy UV_COMPILE_BYTECODE=1
WORKDIR /app
COPY requirements/tools.txt requirements/base.txt requirements/
RUN python -m venv /tools && /tools/bin/pip install --no-cache-dir --require-hashes -r requirements/tools.txt \
 && /tools/bin/uv venv /app/.venv \
 && VIRTUAL_ENV=/app/.venv /tools/bin/uv pip sync --no-cache --require-hashes requirements/base.txt
COPY . .
COPY --from=fonts /app/node_modules node_modules
RUN .venv/bin/pybabel -q compile -D django -d locale
# No secret stays in the image: these are only what the settings ask for to be read at all.
RUN SECRET_KEY=build ALLOWED_HOSTS=build BASE_URL=https://build DATABASE_URL=postgres://build@localhost/build \
    .venv/bin/python manage.py collectstatic --noinput -v0

FROM python:3.11-slim-bookworm
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
 && rm -rf /var/lib/apt/lists/* \
 && useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin relay \
 && install -d -o relay /var/lib/relay/media /var/lib/relay/metrics
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_TRIM_THRESHOLD_=131072 \
    MALLOC_MMAP_THRESHOLD_=131072 \
    ENVIRONMENT=production \
    BIND=0.0.0.0:8000 \
    MEDIA_ROOT=/var/lib/relay/media \
    PROMETHEUS_MULTIPROC_DIR=/var/lib/relay/metrics \
    BEAT_SCHEDULE_FILE=/tmp/beat
USER relay
EXPOSE 8000
CMD ["gunicorn", "oms.wsgi"]
