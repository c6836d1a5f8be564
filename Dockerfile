# Shujia 书架 on the CPU. Build: docker compose build. The weights come at first start, into the volume.
FROM python:3.11.13-slim-bookworm

ENV PIP_NO_CACHE_DIR=1 PYTHONDONTWRITEBYTECODE=1 DO_NOT_TRACK=1 \
    SHUJIA_LIBRARY=/data/library SHUJIA_MODELS=/data/models SHUJIA_HOST=0.0.0.0

WORKDIR /srv/shujia
RUN useradd --uid 10001 --create-home shujia && mkdir /data && chown shujia /data
# The CPU build of torch first: without it pip would choose one with several gigabytes of CUDA.
RUN pip install torch==2.13.0 --index-url https://download.pytorch.org/whl/cpu
COPY . .
# What the profiles of docker-compose.yml and the setting login = "oidc" need: docker compose build --build-arg EXTRAS=cpu for less.
ARG EXTRAS=cpu,milvus,oidc,postgres
RUN pip install ".[$EXTRAS]"

USER shujia
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=20m \
    CMD python -c "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"
CMD ["sh", "-c", "shujia models pull && exec shujia ui"]
