{{- define "verify.selector" -}}
app.kubernetes.io/name: verify
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/component: webhook
{{- end }}

{{- define "verify.labels" -}}
{{ include "verify.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: verify
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "verify.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{ .Values.image.repository }}:{{ $tag }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end }}

{{- define "verify.tls" -}}
{{ .Values.certificates.secretName | default (printf "%s-tls" .Release.Name) }}
{{- end }}

{{- define "verify.host" -}}
{{ .Release.Name }}.{{ .Release.Namespace }}.svc
{{- end }}

{{- /* What both webhooks share. See deploy/kubernetes/base/webhooks.yaml for the reasons. */ -}}
{{- define "verify.webhook" -}}
admissionReviewVersions: [v1]
sideEffects: None
failurePolicy: {{ .Values.webhook.failurePolicy }}
matchPolicy: Equivalent
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values: {{ append .Values.webhook.excludedNamespaces .Release.Namespace | uniq | toJson }}
matchConditions:
  - name: what-runs-is-new
    expression: |-
      request.operation != 'UPDATE' || (
        has(object.template) ? object.template != oldObject.template :
        !has(object.spec) || !has(oldObject.spec) ? true :
        has(object.spec.template) && has(oldObject.spec.template) ?
          object.spec.template != oldObject.spec.template :
        has(object.spec.jobTemplate) && has(oldObject.spec.jobTemplate) ?
          object.spec.jobTemplate != oldObject.spec.jobTemplate :
        object.spec != oldObject.spec)
{{- end }}

{{- define "verify.rules.pods" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [pods, pods/ephemeralcontainers]
  scope: Namespaced
{{- end }}

{{- define "verify.rules.workloads" -}}
- apiGroups: [""]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [pods, pods/ephemeralcontainers, replicationcontrollers, podtemplates]
  scope: Namespaced
- apiGroups: [apps]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [deployments, replicasets, statefulsets, daemonsets]
  scope: Namespaced
- apiGroups: [batch]
  apiVersions: [v1]
  operations: [CREATE, UPDATE]
  resources: [jobs, cronjobs]
  scope: Namespaced
{{- with .Values.webhook.extraRules }}
{{ toYaml . }}
{{- end }}
{{- end }}
