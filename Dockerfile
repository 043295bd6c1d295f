# One file for every image of the suite: finance, chassis, clients, and the one PART it is for.
#   docker build --build-arg PART=services/payments -t sifang-payments .
# PART is a folder: gateway, sandbox, services/payments, services/p2p, services/ecommerce_credit, services/info_broker, or suite
# (which makes keys and is no server).
ARG BASE=python:3.11-slim-bookworm
FROM ${BASE}

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/opt/sifang/bin:$PATH
RUN useradd --system --uid 10001 --home-dir /sifang --create-home sifang \
    && for owner in suite gateway payments p2p ecommerce_credit info_broker sandbox; do mkdir -p /keys/$owner; done && chown -R sifang /keys
WORKDIR /sifang
COPY requirements.txt .
RUN python3 -m venv /opt/sifang && pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt

COPY finance finance
COPY chassis chassis
COPY clients clients
ARG PART
RUN test -n "${PART}" || { echo "error: which part? --build-arg PART=services/payments" >&2; exit 1; }
COPY ${PART} ${PART}
RUN python3 -m compileall -q . && echo "${PART}" | tr / . > part

USER sifang
EXPOSE 8000
# A namespace package needs no __init__.py: `services` is whatever part of it is here.
CMD ["sh", "-c", "exec python -m chassis.serve $(cat part) --host 0.0.0.0 --port 8000"]
