# docker build -t cinnabar .
# docker run -p 6379:6379 -v cinnabar:/data cinnabar --requirepass secret --appendonly yes
# docker run -p 6379:6379 -v cinnabar:/data -v $PWD/redis.conf:/redis.conf cinnabar /redis.conf
# Without a password protected mode keeps out everybody who comes from another machine; --protected-mode no lets them in.
FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o /cinnabar ./cmd/cinnabar && mkdir /data

FROM scratch
COPY --from=build /cinnabar /cinnabar
COPY --from=build --chown=65532:65532 /data /data
USER 65532:65532
WORKDIR /data
VOLUME /data
EXPOSE 6379
ENTRYPOINT ["/cinnabar"]
