{{- /*
The paths of every service, as YAML: `below` are prefixes that are taken off, `bare` are paths as the service has them,
`rest` is where everything else goes, and `sticky` the prefix of the service that gets it.
Each has the service's name, a `path` for what compares prefixes and a `pattern` for what compares by expression.
The write routes are those of the event types: files/write-routes.yaml is generated from them.
*/ -}}
{{- define "twofold.routes" -}}
{{- $below := list -}}
{{- $sticky := list -}}
{{- $bare := list -}}
{{- $rest := list -}}
{{- range $name, $service := include "twofold.services" . | fromYaml -}}
{{- $ingress := $service.ingress -}}
{{- with $ingress.prefix -}}
{{- $route := dict "service" $name "path" . "pattern" (printf "%s(/|$)(.*)" .) -}}
{{- if $ingress.takesTheRest }}{{ $sticky = append $sticky $route }}{{ else }}{{ $below = append $below $route }}{{ end -}}
{{- end -}}
{{- $paths := default list $ingress.paths -}}
{{- if $ingress.takesWrites -}}{{- $paths = concat $paths ($.Files.Get "files/write-routes.yaml" | fromYaml).routes -}}{{- end -}}
{{- range $paths -}}
{{- $pattern := printf "%s$" (regexReplaceAll ":[A-Za-z0-9_]+" . "[^/]+") -}}
{{- $path := regexReplaceAll "/:.*$" . "" -}}
{{- $type := eq $path . | ternary "Exact" "Prefix" -}}
{{- $bare = append $bare (dict "service" $name "path" $path "pathType" $type "pattern" $pattern) -}}
{{- end -}}
{{- if $ingress.takesTheRest -}}
{{- $rest = append $rest (dict "service" $name "path" "/" "pathType" "Prefix" "pattern" "/") -}}
{{- end -}}
{{- end -}}
{{ toYaml (dict "below" $below "sticky" $sticky "bare" $bare "rest" $rest) }}
{{- end }}

{{- /* How the controller is told to take prefixes off, to leave streams alone, and to speak TLS. Takes root and the kind. */ -}}
{{- define "twofold.ingressAnnotations" -}}
{{- $values := (index . 0).Values -}}
{{- $isBelow := has (index . 1) (list "below" "sticky") -}}
{{- if eq $values.ingress.controller "nginx" }}
nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"
nginx.ingress.kubernetes.io/proxy-send-timeout: "3600"
nginx.ingress.kubernetes.io/proxy-buffering: "off"
# The services have limits of their own, MAX_BODY_BYTES, and nginx would have 1 MB.
nginx.ingress.kubernetes.io/proxy-body-size: "0"
nginx.ingress.kubernetes.io/use-regex: "true"
{{- if $isBelow }}
nginx.ingress.kubernetes.io/rewrite-target: /$2
{{- end }}
{{- if has (index . 1) (list "sticky" "rest") }}
# The polls of one socket.io session have to come to one pod.
nginx.ingress.kubernetes.io/affinity: cookie
nginx.ingress.kubernetes.io/session-cookie-name: {{ include "twofold.fullname" (index . 0) }}-pod
nginx.ingress.kubernetes.io/session-cookie-path: /
nginx.ingress.kubernetes.io/session-cookie-change-on-failure: "true"
{{- end }}
{{- if $values.serviceTls.existingSecret }}
nginx.ingress.kubernetes.io/backend-protocol: HTTPS
{{- end }}
{{- else if eq (index . 1) "rest" }}
# By itself Traefik takes the longest rule first, and the one for everything is longer than some.
traefik.ingress.kubernetes.io/router.priority: "1"
{{- else if $isBelow }}
traefik.ingress.kubernetes.io/router.middlewares: {{ (index . 0).Release.Namespace }}-{{ include "twofold.fullname" (index . 0) }}-strip@kubernetescrd
{{- end }}
{{- end }}
