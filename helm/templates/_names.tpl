{{- define "twofold.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- /* What every object's name begins with. Short: the longest suffix, of a CronJob's pods, must fit too. */ -}}
{{- define "twofold.fullname" -}}
{{- $name := include "twofold.name" . -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 28 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 28 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 28 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- /* What selects all pods of the release. */ -}}
{{- define "twofold.selector" -}}
app.kubernetes.io/name: {{ include "twofold.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "twofold.labels" -}}
{{ include "twofold.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- /* Takes root and service. */ -}}
{{- define "twofold.image" -}}
{{- $image := .root.Values.image -}}
{{- $path := printf "%s/%s:%s" $image.repository .service (default .root.Chart.AppVersion $image.tag) -}}
{{ empty $image.registry | ternary $path (printf "%s/%s" (trimSuffix "/" $image.registry) $path) }}
{{- end }}

{{- define "twofold.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{ default (include "twofold.fullname" .) .Values.serviceAccount.name }}
{{- else -}}
{{ default "default" .Values.serviceAccount.name }}
{{- end -}}
{{- end }}

{{- define "twofold.apiKeysSecret" -}}
{{ default (printf "%s-api-keys" (include "twofold.fullname" .)) .Values.apiKeys.existingSecret }}
{{- end }}

{{- /* The map of services that are on, each with its defaults, as YAML. */ -}}
{{- define "twofold.services" -}}
{{- $services := dict -}}
{{- range $name, $own := .Values.services -}}
{{- $service := mustMergeOverwrite (deepCopy $.Values.defaults) (default dict $own) -}}
{{- if $service.enabled -}}{{- $_ := set $services $name $service -}}{{- end -}}
{{- end -}}
{{ toYaml $services }}
{{- end }}

{{- /* A setting's value as the text of an environment variable. Helm holds every number as a float: 60000, not 6e+04. */ -}}
{{- define "twofold.text" -}}
{{- if kindIs "float64" . -}}
{{- if eq (float64 (int64 .)) . }}{{ int64 . }}{{ else }}{{ . }}{{ end -}}
{{- else -}}
{{ . }}
{{- end -}}
{{- end }}

{{- /* Takes root and a component (or an empty text for every pod of the release): matchLabels on one line. */ -}}
{{- define "twofold.match" -}}
{{- $root := index . 0 -}}
{ matchLabels: { app.kubernetes.io/name: {{ include "twofold.name" $root }}, app.kubernetes.io/instance: {{ $root.Release.Name }}
{{- with index . 1 }}, app.kubernetes.io/component: {{ . }}{{ end }} } }
{{- end }}

{{- /* Takes a url, of several hosts maybe, and the port of those that name none: the ports of a NetworkPolicy. */ -}}
{{- define "twofold.portsOf" -}}
{{- $ports := list -}}
{{- range regexReplaceAll "^[a-z]+://([^/?]*).*$" (index . 0) "${1}" | splitList "," -}}
{{- $ports = append $ports (regexFind ":[0-9]+$" . | trimPrefix ":" | default (toString (int (index $ 1)))) -}}
{{- end -}}
{{- range uniq $ports }}
- port: {{ . }}
{{- end -}}
{{- end }}
