{{- /* As the restricted Pod Security Standard asks. */ -}}
{{- define "twofold.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "twofold.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* Refuses what every value by itself may be. Takes name and service. */ -}}
{{- define "twofold.checkService" -}}
{{- $scale := .service.autoscaling -}}
{{- if gt (int $scale.minReplicas) (int $scale.maxReplicas) -}}
{{- fail (printf "services.%s.autoscaling: minReplicas is more than maxReplicas" .name) -}}
{{- end -}}
{{- if gt (add (int .service.preStopSeconds) 10) (int .service.terminationGracePeriodSeconds) -}}
{{- fail (printf "services.%s: terminationGracePeriodSeconds must be preStopSeconds and 10 at least, in which it stops" .name) -}}
{{- end -}}
{{- end }}

{{- /* A pod's annotations. Takes root, name and service. */ -}}
{{- define "twofold.podAnnotations" -}}
{{- $all := dict "checksum/config" (include "twofold.config" . | sha256sum) -}}
{{- if and .root.Values.metrics.annotations (not .service.schedule) -}}
{{- $all = merge $all (dict "prometheus.io/scrape" "true" "prometheus.io/port" "9090" "prometheus.io/path" "/metrics") -}}
{{- end -}}
{{ toYaml (mergeOverwrite $all .service.podAnnotations) }}
{{- end }}

{{- /*
The template of a service's pods. Takes root, name and service. What is secret comes as files; a change of the
configuration is a change of the pods.
*/ -}}
{{- define "twofold.pod" -}}
{{- $root := .root -}}
{{- $values := .root.Values -}}
{{- $isJob := not (empty .service.schedule) -}}
{{- $scheme := empty $values.serviceTls.existingSecret | ternary "HTTP" "HTTPS" -}}
{{- $secrets := include "twofold.podSecrets" . | trim -}}
metadata:
  labels:
    {{- include "twofold.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .name }}
    {{- with .service.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations: {{- include "twofold.podAnnotations" . | nindent 4 }}
spec:
  serviceAccountName: {{ include "twofold.serviceAccountName" .root }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .service.terminationGracePeriodSeconds }}
  securityContext: {{- include "twofold.podSecurity" 10001 | nindent 4 }}
  {{- with $values.image.pullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $isJob }}
  restartPolicy: Never
  {{- else if $values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: {{ $values.topologySpread.whenUnsatisfiable }}
      labelSelector: {{ include "twofold.match" (list $root $.name) }}
      matchLabelKeys: [pod-template-hash]
    {{- end }}
  {{- end }}
  {{- range $field := list "nodeSelector" "tolerations" "affinity" }}
  {{- with index $.service $field }}
  {{ $field }}: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- end }}
  {{- with .service.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  containers:
    - name: {{ .name }}
      image: {{ include "twofold.image" (dict "root" .root "service" .name) }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      {{- with .service.args }}
      args: {{- toYaml . | nindent 8 }}
      {{- end }}
      envFrom: [{ configMapRef: { name: {{ include "twofold.fullname" .root }}-{{ .name }} } }]
      {{- with include "twofold.podEnv" . | trim }}
      env: {{- . | nindent 8 }}
      {{- end }}
      securityContext: {{- include "twofold.containerSecurity" . | nindent 8 }}
      resources: {{- toYaml .service.resources | nindent 8 }}
      {{- if not $isJob }}
      ports:
        - { name: http, containerPort: 8080 }
        - { name: metrics, containerPort: 9090 }
      # It listens before it reaches its stores: a slow store makes a pod unready, never restarts it.
      startupProbe:
        httpGet: { path: /healthz, port: http, scheme: {{ $scheme }} }
        periodSeconds: 1
        failureThreshold: 60
      livenessProbe:
        httpGet: { path: /healthz, port: http, scheme: {{ $scheme }} }
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        httpGet: { path: /readyz, port: http, scheme: {{ $scheme }} }
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      {{- with .service.preStopSeconds }}
      lifecycle: { preStop: { sleep: { seconds: {{ . }} } } }
      {{- end }}
      {{- end }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- if $secrets }}
        - { name: secrets, mountPath: /run/secrets/twofold, readOnly: true }
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: { sizeLimit: 64Mi }
    {{- with $secrets }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources: {{- . | nindent 10 }}
    {{- end }}
{{- end }}

{{- /* What of a pod's environment is in Secrets and no file. Takes root, name and service. */ -}}
{{- define "twofold.podEnv" -}}
{{- $stores := include "twofold.stores" .root | fromYaml -}}
{{- range .service.stores -}}
{{- include "twofold.storeEnv" (index $stores .) }}
{{- end }}
{{- end }}

{{- /* Where a pod's volume of secrets comes from. Takes root, name and service. */ -}}
{{- define "twofold.podSecrets" -}}
{{- $values := .root.Values -}}
{{- $isJob := not (empty .service.schedule) -}}
{{- $stores := include "twofold.stores" .root | fromYaml -}}
{{- range .service.stores -}}
{{- include "twofold.storeSecrets" (index $stores .) }}
{{- end }}
{{- range $setting, $from := .service.secrets }}
- secret:
    name: {{ $from.secret }}
    items: [{ key: {{ $from.entry }}, path: settings/{{ $setting }} }]
{{- end }}
{{- if not (or $isJob $values.apiKeys.allowAnonymous) }}
- secret:
    name: {{ include "twofold.apiKeysSecret" .root }}
    items: [{ key: {{ $values.apiKeys.keysEntry }}, path: api-keys }]
{{- end }}
{{- if and $values.serviceTls.existingSecret (not $isJob) }}
- secret:
    name: {{ $values.serviceTls.existingSecret }}
    items: [{ key: tls.crt, path: tls.crt }, { key: tls.key, path: tls.key }]
{{- end }}
{{- end }}

{{- /* A service's environment, without what is secret. Takes root, name and service. */ -}}
{{- define "twofold.config" -}}
{{- $values := .root.Values -}}
{{- $stores := include "twofold.stores" .root | fromYaml -}}
{{- range .service.stores }}
{{ include "twofold.storeConfig" (index $stores .) }}
{{- end }}
{{- if not .service.schedule }}
HOST: 0.0.0.0
PORT: "8080"
METRICS_PORT: "9090"
{{- if $values.apiKeys.allowAnonymous }}
ALLOW_ANONYMOUS: "true"
{{- else }}
API_KEYS_FILE: /run/secrets/twofold/api-keys
{{- end }}
{{- if $values.serviceTls.existingSecret }}
TLS_CERT_FILE: /run/secrets/twofold/tls.crt
TLS_KEY_FILE: /run/secrets/twofold/tls.key
{{- end }}
{{- end }}
{{- range $setting, $_ := .service.secrets }}
{{ $setting }}_FILE: /run/secrets/twofold/settings/{{ $setting }}
{{- end }}
{{- with $values.tracing.endpoint }}
OTEL_EXPORTER_OTLP_ENDPOINT: {{ . }}
{{- end }}
{{- range $name, $value := mergeOverwrite (deepCopy $values.config) .service.config }}
{{ $name }}: {{ include "twofold.text" $value | quote }}
{{- end }}
{{- end }}
