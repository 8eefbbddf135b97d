# sparring with everything that a campaign needs. The project lies in the volume /project; compose.yaml starts the servers.
#   docker build -t sparring .
#   docker run --rm -v campaign:/project sparring sparring init /project
FROM python:3.12-bookworm AS wheel
WORKDIR /source
COPY . .
RUN python -m pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.12-bookworm
ENV PYTHONUNBUFFERED=1 \
    PYTHONPATH=/project \
    SPARRING_ROOT=/project
COPY --from=wheel /wheels /wheels
COPY constraints.txt /wheels/
RUN python -m pip install --no-cache-dir -c /wheels/constraints.txt "$(echo /wheels/sparring-*.whl)[pipeline,seeds,tools]" \
    && useradd --create-home --uid 1000 sparring \
    && install -d -o sparring -g sparring /project
USER 1000
WORKDIR /project
VOLUME /project
CMD ["sparring", "doctor"]
