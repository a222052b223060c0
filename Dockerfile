# syntax=docker/dockerfile:1
FROM node:22-bookworm-slim AS console
WORKDIR /src/web-client
COPY web-client/package.json web-client/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY schema.graphql ../
COPY web-client .
RUN npm run build

FROM rust:1.95-slim-bookworm AS build
# deskwire-ml/onnx: workers that run ONNX networks.
ARG FEATURES=""
WORKDIR /src
COPY . .
COPY --from=console /src/web-client/dist web-client/dist
# The caches belong to the machine that builds; the programs are copied out of theirs.
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo build --profile dist --locked -p deskwire-api -p deskwire-ml --features "$FEATURES" && \
    mkdir /out && cp target/dist/deskwire target/dist/deskwire-ml /out/

FROM debian:bookworm-slim
RUN apt-get update && \
    apt-get install -y --no-install-recommends ca-certificates && \
    rm -rf /var/lib/apt/lists/* && \
    useradd --system --uid 10001 --user-group --no-create-home deskwire && \
    install -d -o deskwire -g deskwire /var/lib/deskwire/models
COPY --from=build /out/ /usr/local/bin/
USER 10001:10001
ENV DESKWIRE_LISTEN=0.0.0.0:8080 \
    DESKWIRE_MODELS=/var/lib/deskwire/models
EXPOSE 8080
CMD ["deskwire", "serve"]
