{{- /* What is known of each store: its variables' prefix and the server of the chart that can stand in for it. */ -}}
{{- define "twofold.storeKinds" -}}
eventLog: { prefix: EVENT_LOG, server: kafka, port: 9092, path: "" }
counterStore: { prefix: COUNTER_STORE, server: cassandra, port: 9042, path: "/twofold?dc=datacenter1" }
rowStore: { prefix: ROW_STORE, server: mysql, port: 3306, path: "/twofold" }
{{- end }}

{{- /*
The stores as YAML: what values say, what is known of the kind, and where it is. A store without a url is the chart's
own server; its password is in a Secret that the chart made.
*/ -}}
{{- define "twofold.stores" -}}
{{- $stores := dict -}}
{{- range $name, $kind := include "twofold.storeKinds" . | fromYaml -}}
{{- $store := mustMergeOverwrite (deepCopy (index $.Values.stores $name)) $kind -}}
{{- $_ := set $store "own" (empty $store.url) -}}
{{- include "twofold.checkStore" (dict "name" $name "store" $store) -}}
{{- if $store.own -}}
{{- if not $.Values.servers.enabled -}}
{{- fail (printf "stores.%s.url is empty: say where it is, or set servers.enabled=true for a single node inside the chart" $name) -}}
{{- end -}}
{{- $host := printf "%s-%s" (include "twofold.fullname" $) $kind.server -}}
{{- $_ := set $store "url" (printf "%s://%s:%d%s" $kind.server $host (int $kind.port) $kind.path) -}}
{{- $secret := eq $kind.server "mysql" | ternary $host "" -}}
{{- $_ := set $store "credentials" (dict "existingSecret" $secret "username" "" "usernameEntry" "username" "passwordEntry" "password") -}}
{{- end -}}
{{- $_ := set $stores $name $store -}}
{{- end -}}
{{ toYaml $stores }}
{{- end }}

{{- /* Refuses what would be half a login or half a TLS, and so neither. Takes name and store. */ -}}
{{- define "twofold.checkStore" -}}
{{- $place := printf "stores.%s" .name -}}
{{- $tls := .store.tls -}}
{{- $login := .store.credentials -}}
{{- if and .store.own (or $tls.enabled .store.sasl $login.existingSecret $login.username) -}}
{{- fail (printf "%s has tls, sasl or credentials but no url: the chart's own server has none of these" $place) -}}
{{- end -}}
{{- if and (or $tls.caSecret $tls.clientSecret) (not $tls.enabled) -}}
{{- fail (printf "%s.tls names a Secret but is not enabled: set %s.tls.enabled=true" $place $place) -}}
{{- end -}}
{{- if and $login.username (not $login.existingSecret) -}}
{{- fail (printf "%s.credentials.username has no password: name its Secret in existingSecret" $place) -}}
{{- end -}}
{{- if and .store.sasl (not $login.existingSecret) -}}
{{- fail (printf "%s.sasl takes a login: name its Secret in credentials.existingSecret" $place) -}}
{{- end -}}
{{- end }}

{{- /* The names of the chart's own servers that are needed, as a YAML list below `names`. */ -}}
{{- define "twofold.ownServers" -}}
{{- $names := list -}}
{{- range $name, $store := include "twofold.stores" . | fromYaml -}}
{{- if $store.own }}{{- $names = append $names $store.server -}}{{- end -}}
{{- end -}}
{{ toYaml (dict "names" $names) }}
{{- end }}

{{- /* Takes one store. What of it may stand in a ConfigMap. */ -}}
{{- define "twofold.storeConfig" -}}
{{- $folder := printf "/run/secrets/twofold/%s" .server -}}
{{ .prefix }}_URL: {{ .url | quote }}
{{- if .sasl }}
{{ .prefix }}_SASL: {{ .sasl }}
{{- end }}
{{- if .credentials.existingSecret }}
{{ .prefix }}_PASSWORD_FILE: {{ $folder }}/password
{{- with .credentials.username }}
{{ $.prefix }}_USERNAME: {{ . | quote }}
{{- end }}
{{- end }}
{{- if .tls.enabled }}
{{ .prefix }}_TLS: "true"
{{- if .tls.caSecret }}
{{ .prefix }}_CA_FILE: {{ $folder }}/ca.crt
{{- end }}
{{- if .tls.clientSecret }}
{{ .prefix }}_CERT_FILE: {{ $folder }}/tls.crt
{{ .prefix }}_KEY_FILE: {{ $folder }}/tls.key
{{- end }}
{{- end }}
{{- end }}

{{- /* Takes one store: its part of a pod's `env`. */ -}}
{{- define "twofold.storeEnv" -}}
{{- with .credentials }}{{ if and .existingSecret (not .username) }}
- name: {{ $.prefix }}_USERNAME
  valueFrom: { secretKeyRef: { name: {{ .existingSecret }}, key: {{ .usernameEntry }} } }
{{- end }}{{ end }}
{{- end }}

{{- /* Takes one store: its part of a pod's volume of secrets. */ -}}
{{- define "twofold.storeSecrets" -}}
{{- if .credentials.existingSecret }}
- secret:
    name: {{ .credentials.existingSecret }}
    items: [{ key: {{ .credentials.passwordEntry }}, path: {{ .server }}/password }]
{{- end }}
{{- if and .tls.enabled .tls.caSecret }}
- secret:
    name: {{ .tls.caSecret }}
    items: [{ key: {{ .tls.caEntry }}, path: {{ .server }}/ca.crt }]
{{- end }}
{{- if and .tls.enabled .tls.clientSecret }}
- secret:
    name: {{ .tls.clientSecret }}
    items: [{ key: {{ .tls.certEntry }}, path: {{ .server }}/tls.crt }, { key: {{ .tls.keyEntry }}, path: {{ .server }}/tls.key }]
{{- end }}
{{- end }}
