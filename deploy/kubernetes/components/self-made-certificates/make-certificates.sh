#!/bin/sh
# Make a certificate for the webhook, and the patch that tells the API server of its authority.
#
#   make-certificates.sh [SERVICE [NAMESPACE]]
#
# The authority (ca.key) is made once and kept, so that a renewed certificate is trusted from the first moment.
# Keep ca.key where you keep keys; without it the next run makes another authority.
set -eu
cd "$(dirname "$0")"
name="${1:-verify}.${2:-verify-system}.svc"
umask 077

if [ ! -f ca.key ]; then
  openssl ecparam -name prime256v1 -genkey -noout -out ca.key
  openssl req -x509 -new -sha256 -key ca.key -days 3650 -subj "/CN=verify webhook authority" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign" -out ca.crt
fi

openssl ecparam -name prime256v1 -genkey -noout -out tls.key
openssl req -new -sha256 -key tls.key -subj "/CN=$name" -out tls.csr
extensions="$(mktemp)"
trap 'rm -f "$extensions" tls.csr' EXIT
cat > "$extensions" <<END
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:$name, DNS:$name.cluster.local
END
openssl x509 -req -sha256 -in tls.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 365 \
  -extfile "$extensions" -out tls.crt 2>/dev/null
openssl verify -CAfile ca.crt tls.crt >/dev/null

cat > ca-bundle.yaml <<END
- op: add
  path: /webhooks/0/clientConfig/caBundle
  value: $(openssl base64 -A -in ca.crt)
END
echo "made for $name, until $(openssl x509 -in tls.crt -noout -enddate | cut -d= -f2)"
