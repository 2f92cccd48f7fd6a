"""Every bound on bytes, counts, depth and seconds, each with its reason."""

from __future__ import annotations

from typing import Final

KIB: Final = 1024
MIB: Final = 1024 * KIB

# --- text that a user or a document hands over ---
REFERENCE_LENGTH: Final = 1024  # a repository name is at most 255, a host 255, tag 128, digest 71
MESSAGE_LENGTH: Final = 600  # untrusted text inside one message; longer is cut
PIPE_SECONDS: Final = 30  # silence of a pipe that a user names as a file, as <(command) does

# --- JSON and YAML ---
JSON_DEPTH: Final = 64  # in-toto, SPDX and OCI documents nest less than 20 levels
JSON_INTEGER: Final = 2**63 - 1  # larger ones are read differently by different parsers
# Real SBOMs have one value for each 28 bytes or more, so that `SBOM_BYTES` of them stay below this.
JSON_VALUES: Final = 2_500_000  # of one document, see `strict_json.count_values`
JSON_VALUE_BYTES: Final = 160  # of memory for one; most is an object with one member of a name of its own
POLICY_BYTES: Final = 1 * MIB
TRUSTED_ROOT_BYTES: Final = 4 * MIB
POLICY_DEPTH: Final = 32
POLICY_NODES: Final = 50_000
POLICY_TEST_FILES: Final = 1000  # below the directories that are searched for test files
POLICY_FILES: Final = 64  # of one policy: what it extends, keys, schemas
EXPRESSION_DEPTH: Final = (
    50  # groups in groups of a pattern that 'policy check' looks into; people write three
)
EXPRESSION_STATES: Final = 10_000  # of such a pattern; a hundred are usual, [a-z]{1,1000} has two thousand
EXPRESSION_STEPS: Final = 100_000  # in search of a stranger that a pattern takes; a second's work
EVIDENCE_DAYS: Final = (
    1827  # five years; a longer max-age of evidence asks for nothing, so 'policy check' warns
)
EXCEPTION_DAYS: Final = 731  # two years; longer, 'policy check' warns: whoever answers for it moves on
POLICY_EXTENDS: Final = 8  # policies that one builds on, one upon the other

# --- findings ---
FINDINGS: Final = 100  # of one rule and outcome that are told one by one; the rest are counted

# --- conversion of foreign policies ---
CONVERTED_PATTERNS: Final = 200  # image patterns for one glob; app** takes 74, and nobody reads more
CONVERTED_GLOB: Final = 512  # characters; a host and a repository have at most 255 each
CONVERTED_ALTERNATIVES: Final = 64  # groups of rules for one count of signers
CONVERTED_DOCUMENTS: Final = 1000  # in one file or list

# --- registry documents ---
MANIFEST_BYTES: Final = 4 * MIB  # distribution-spec: registries should accept manifests of 4 MB
INDEX_MANIFESTS: Final = 200  # the largest official images have fewer than 40
LAYOUT_MANIFESTS: Final = 10_000  # index.json of a layout that mirrors many images
LAYOUT_SCAN_BYTES: Final = 64 * MIB  # manifests that are opened to learn what a layout holds
LAYOUT_FILE_BYTES: Final = 64 * KIB  # oci-layout
EVIDENCE_RECORD_BYTES: Final = 4 * MIB  # evidence.json: an entry for each place that could not be looked at
ARCHIVE_MEMBERS: Final = 50_000  # files in a tar file
ARCHIVE_HEADER_BYTES: Final = 128 * MIB  # read from a tar file to learn what is in it
CONFIG_BYTES: Final = (
    2 * MIB
)  # of an image configuration; histories are some 100 KiB, labels of builders more
EVIDENCE_BYTES: Final = 96 * MIB  # one signature or attestation; `SBOM_BYTES` in base64 are 86 MiB
DESCRIPTOR_SIZE: Final = 2**62  # a larger claim is nonsense, whatever the blob
EVIDENCE_ITEMS: Final = 1000  # signatures and attestations of one image; cosign's ceiling
EVIDENCE_MANIFEST_BYTES: Final = 32 * MIB  # manifests that refer to one image; 1000 real ones are some 2 MiB
EVIDENCE_TOTAL_BYTES: Final = 256 * MIB  # all of them together; real images have some 10 MiB, large ones 50
# What all that is read of one image may take in memory: bytes, the texts in them, and `JSON_VALUE_BYTES` for
# each value, which with real SBOMs is six times their bytes.
IMAGE_MEMORY: Final = 1024 * MIB
REFERRER_PAGES: Final = 50
TOKEN_BYTES: Final = 1 * MIB
ERROR_BODY_BYTES: Final = 16 * KIB  # of an error answer, enough for its message
MANIFEST_VALUES: Final = (
    200_000  # values of a manifest or listing; 10,000 entries of a layout have some 130,000
)
CONFIG_VALUES: Final = 10_000  # of an image configuration; those with a long history have some 1000
ENVELOPE_VALUES: Final = 10_000  # of what holds a signature, before it is verified; real ones have some 100

# --- keys ---
RSA_BITS_LEAST: Final = 2048  # NIST SP 800-131A rev. 2: less is disallowed
RSA_BITS_MOST: Final = 16 * KIB  # OpenSSL verifies with none that is larger

# --- statements ---
STATEMENT_SUBJECTS: Final = 1024  # sigstore-go's bound
SUBJECT_DIGESTS: Final = 32  # sigstore-go's bound
TIMESTAMPS: Final = 32  # sigstore-python's bound
PROVENANCE_MATERIALS: Final = 100_000  # of one provenance; as many as packages of an SBOM
VULNERABILITIES: Final = 100_000  # findings of one scan; the worst images have some thousands
VEX_STATEMENTS: Final = 50_000  # statements of one OpenVEX document
VEX_COMPARISONS: Final = 400_000  # products of statements held against findings; a second's work
SCAN_CLOCK_SECONDS: Final = 300.0  # by which a scanner's clock may be ahead of the time of signing

# --- SBOM ---
SBOM_BYTES: Final = 64 * MIB
SBOM_PACKAGES: Final = 100_000
SBOM_RELATIONSHIPS: Final = 1_000_000
SBOM_OTHER_BYTES: Final = 16 * MIB  # in a serialisation other than JSON; their parsers need seconds per MiB
LICENSE_LENGTH: Final = 10 * KIB  # one licence expression; texlive's is the longest known, 3 KiB
LICENSE_DEPTH: Final = 64  # parentheses in one; real ones have three or four
LICENSE_TOTAL: Final = (
    4 * MIB
)  # distinct expressions of one SBOM, up to 0.5 s/MiB; real ones have some 20 KiB
ACTOR_LENGTH: Final = 1 * KIB  # one "Person: …"; spdx-tools' pattern for it is quadratic
VERSION_LENGTH: Final = 256  # one version that is compared; the longest real ones have some 80 characters
SBOM_PROBLEMS: Final = 1000  # by the official schema of one SBOM that are told; nobody reads more
SBOM_SLICE: Final = 1000  # elements of a list that are checked at once; each problem takes some 2 KiB
LOCATOR_LENGTH: Final = 8 * KIB  # one package URL or CPE, as long as the URLs that servers take

# --- CEL, whose worker is ended where it goes beyond ---
CEL_EXPRESSION_LENGTH: Final = (
    4096  # checked in a few milliseconds, whatever it says; real ones have some 100
)
CEL_SECONDS: Final = 5.0  # one rule on one platform; an SBOM of 100,000 packages takes some 2
CEL_START_SECONDS: Final = 20.0  # of the worker process; some 60 ms on a machine at rest
CEL_MEMORY: Final = (
    512 * MIB
)  # of the worker; some 50 MiB at rest. An expression of one line can take any amount
CEL_REQUEST_BYTES: Final = 16 * MIB  # facts of one request, which the worker holds ten times over
CEL_ANSWER_BYTES: Final = 8 * MIB  # a thousand messages of `MESSAGE_LENGTH`, each character escaped
CEL_BATCH: Final = 1000  # packages, signatures or attestations in one request

# --- reports ---
REPORT_BYTES: Final = 256 * MIB  # one saved report; 40 KiB for each image, and six times that in memory
REPORT_VALUES: Final = 10_000_000  # as many as `REPORT_BYTES` of reports have
REPORT_FILES: Final = 10_000  # merged into one; a job of that many workers
SUMMARY_BYTES: Final = 1_000_000  # Markdown; GitHub takes 1 MiB for the summary of a step
SUMMARY_ROWS: Final = 1000  # images in one table of Markdown
PAGE_PACKAGES: Final = 50_000  # rows in the tables of one HTML page; some 300 bytes each
REPORT_ALIKE: Final = 20  # findings of one rule and outcome that Markdown and HTML show for one image

# --- network ---
REDIRECTS: Final = 5
RETRIES: Final = 3
RETRY_WAIT_SECONDS: Final = 10.0  # longest single wait, whatever Retry-After asks
CONNECT_SECONDS: Final = 10.0
READ_SECONDS: Final = 20.0  # silence between two pieces of a body
TIMEOUT_SECONDS: Final = 120.0  # the whole command, unless --timeout says otherwise
END_SECONDS: Final = 0.5  # beyond that time, for whatever notices by itself that it is up
WORKERS: Final = 12  # parallel requests; a verification needs 5 to 20
CREDENTIAL_HELPER_SECONDS: Final = 20.0
CREDENTIAL_HELPER_BYTES: Final = 1 * MIB

# --- files that name images ---
GATE_FILE_BYTES: Final = 64 * MIB  # the pods of a large cluster, as JSON, are some 50 MiB
GATE_TOTAL_BYTES: Final = 256 * MIB  # of all files of one run
GATE_FILES: Final = 10_000  # that are read; a repository of manifests has some hundred
GATE_ENTRIES: Final = 200_000  # names that are looked at while searching directories
GATE_OTHER_BYTES: Final = 1 * MIB  # of a file that is not read, looked at for something like an image
GATE_OTHERS_BYTES: Final = 32 * MIB  # of all of these; beyond it, each counts as if it had one
GATE_HIDDEN_ENTRIES: Final = 20_000  # files below one hidden directory; those of CI systems have some hundred
GATE_ASSIGNMENTS: Final = 1000  # values of one text that are looked at for something like an image
GATE_IMAGES: Final = 100_000  # places that name one
GATE_DEPTH: Final = 100  # of YAML and JSON; schemas in custom resource definitions nest some 40 levels
GATE_NODES: Final = 3_000_000  # values of one file, those behind aliases as often as they are named
GATE_DOCKERFILE_BYTES: Final = 1 * MIB  # a long one has some 20 KiB
GATE_VALUE: Final = 64 * KIB  # characters of a variable, or of text with variables in it
GATE_SAID: Final = 1000  # mistakes, and things not looked at, that are kept to be told; the rest are counted
GATE_INCLUDES: Final = 16  # Compose files and services that build on others, one upon the other
GATE_SECONDS_PER_IMAGE: Final = 2.0  # by which many images prolong the time that a run may take
CLUSTER_PAGE: Final = 250  # objects in one answer of an API server, some 10 KiB each
CLUSTER_PAGE_BYTES: Final = (
    256 * MIB
)  # of one answer; objects have at most 1.5 MiB, and few have more than 100 KiB
CLUSTER_SECONDS: Final = 60.0  # silence of an API server, which gives itself as long for a request
CLUSTER_SHARES: Final = 10_000  # workers of one job
GIT_SECONDS: Final = 60.0  # one call of git
GIT_BYTES: Final = 64 * MIB  # its answer
GIT_CONFIG_BYTES: Final = 4 * MIB  # a repository's settings; ten thousand branches take some 1 MiB
BASELINE_DAYS: Final = 30  # for which a newly written baseline accepts what it lists

# --- admission ---
REVIEW_BYTES: Final = 7 * MIB  # object and old object, of at most 3 MiB each
REVIEW_VALUES: Final = 200_000  # of one; a pod has some 300, a workflow of 1.5 MiB some 75,000
REVIEW_SMALL_BYTES: Final = 128 * KIB  # read by the loop that answers; larger ones in a thread
REVIEW_SMALL_VALUES: Final = 2000  # the same; a millisecond for each 500
REVIEW_SECONDS_TO_ARRIVE: Final = 3.0  # of a body; API server and webhook are neighbours
REVIEWS_TOTAL_BYTES: Final = 48 * MIB  # of all reviews under way; in memory up to six times as much
REVIEWS_TOTAL_VALUES: Final = 1_000_000  # of all; `JSON_VALUE_BYTES` each, and twice that while one is read
REVIEWS_OF_SOURCE_BYTES: Final = 32 * MIB  # of one address: 300 reviews a second of 10 KiB for nine seconds
REVIEWS_OF_SOURCE_VALUES: Final = 750_000
REVIEW_TEXT_LENGTH: Final = 1024  # names, namespaces, users; Kubernetes' own have at most 253 characters
REVIEW_IMAGES: Final = 200  # distinct ones in one object; pods have fewer than 20
REVIEW_MESSAGE_LENGTH: Final = 4 * KIB  # of a refusal; the API server passes it on whole
WARNING_LENGTH: Final = 120  # Kubernetes' advice; it cuts what is longer than 256
WARNINGS_LENGTH: Final = 4096  # of all warnings of one answer; Kubernetes drops the rest
AUDIT_VALUE_LENGTH: Final = 2 * KIB  # one audit annotation, in every line of the audit log
REVIEWS_UNDER_WAY: Final = 500  # more are refused at once; a large cluster sends some 100 a second
CONNECTIONS: Final = 768  # some 60 KiB each; an API server opens one for each review under way
CONNECTIONS_OF_SOURCE: Final = 512  # of one address, so that nobody shuts out all others
TLS_BUFFER_BYTES: Final = 32 * KIB  # of one connection; a record of TLS has at most 16 KiB
HEAD_SECONDS: Final = 10.0  # from the connection to the end of the first request's head, TLS included
# Clients of the API server keep connections for 90 s (Go's net/http); who closes first loses requests.
KEEP_ALIVE_SECONDS: Final = 120
VERIFICATIONS_WAITING: Final = 1000  # images that wait to be verified, for all reviews together
ADMISSION_REVIEW_SECONDS: Final = 9.0  # the API server gives webhooks 10 s unless told otherwise
ADMISSION_VERIFICATION_SECONDS: Final = 60.0  # goes on behind an answer, for whoever tries again
ADMISSION_RELOAD_SECONDS: Final = 10.0  # a kubelet needs up to a minute to update mounted files
ADMISSION_SHUTDOWN_SECONDS: Final = 25.0  # Kubernetes ends a pod after 30 s
ADMISSION_VERIFICATIONS: Final = 8  # side by side, half of them from one registry; most of it is waiting
ADMISSION_CACHE_SECONDS: Final = 600.0  # evidence that was added or taken away is seen after this time
ADMISSION_REFUSAL_SECONDS: Final = 10.0  # evidence that a refusal may rest on; older is fetched again first
ADMISSION_CACHE_IMAGES: Final = 1000
ADMISSION_CACHE_MEBIBYTES: Final = 256  # in memory; of an image with an SBOM of 1000 packages some 4
ADMISSION_EVIDENCE_MEBIBYTES: Final = 64  # signatures and attestations of one image; one has at most half
ADMISSION_EVIDENCE_VALUES: Final = 16_000  # of one statement, for each of these; real ones have fewer
ADMISSION_IMAGE_MEMORY: Final = 5  # times the evidence of an image, all that is read of it in memory
ADMISSION_IMAGES_MEMORY: Final = 6  # the same, of all images that are being verified
ADMISSION_LIGHT_BYTES: Final = 1 * MIB  # of images with more than that, one is verified at a time
TRUST_ROOT_RELOAD_SECONDS: Final = 3600.0  # how often a trust root over TUF is asked for again
PULL_SECRETS: Final = 20  # of one pod and its service account
PULL_SECRET_SECONDS: Final = 60.0  # after which a changed secret is seen
SHARED_EVIDENCE_SECONDS: Final = 1.0  # for one answer of Redis, which is there to save time
SHARED_EVIDENCE_PAUSE: Final = 30.0  # in which Redis is not asked after it failed
SHARED_EVIDENCE_BYTES: Final = 8 * MIB  # of one image; larger ones are not shared
