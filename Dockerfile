# verify over Chainguard's Python, which has neither a shell nor a package manager:
#
#   docker build --tag verify .
#   docker run --rm --volume "$PWD:/work:ro" verify gate . --policy policy.yaml
#
# "verify gate Dockerfile --write" pins both bases to digests that were verified.
FROM cgr.dev/chainguard/python:latest-dev AS build
USER root
WORKDIR /source
COPY pyproject.toml requirements-dev.lock README.md LICENSE CHANGELOG.md ./
COPY ci/install.sh ci/install.sh
COPY policies policies
COPY verifier verifier
# Two of the libraries are written in C++, whose own library the smaller base need not have.
RUN apk add --no-cache libgcc libstdc++ && ci/install.sh /opt/verify admission,redis

FROM cgr.dev/chainguard/python:latest
COPY --from=build /usr/lib/libgcc_s.so.1 /usr/lib/libstdc++.so.6 /usr/lib/
COPY --from=build /opt/verify /opt/verify
# Caches are for those who give them a volume: the file system may be read-only.
ENV PATH=/opt/verify/bin:/usr/bin PYTHONDONTWRITEBYTECODE=1 VERIFY_CACHE_DIR=/tmp/verifier
WORKDIR /work
USER 65532:65532
ENTRYPOINT ["/opt/verify/bin/verify"]
CMD ["--help"]
