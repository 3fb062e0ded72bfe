{{- /* What is particular to each server: its user, its port, where its data is, and its container's own settings. */ -}}
{{- define "twofold.server.kafka" -}}
user: 1000
port: 9092
data: /var/lib/kafka/data
env:
  KAFKA_NODE_ID: 1
  KAFKA_PROCESS_ROLES: broker,controller
  # LOCAL is for kubectl port-forward: a broker tells its clients where it is, and there it is on their own machine.
  KAFKA_LISTENERS: CLIENTS://:9092,LOCAL://127.0.0.1:{{ .Values.servers.kafka.forwardPort }},CONTROLLER://127.0.0.1:9093
  KAFKA_ADVERTISED_LISTENERS: CLIENTS://{{ include "twofold.fullname" . }}-kafka.{{ .Release.Namespace }}.svc:9092,LOCAL://127.0.0.1:{{ .Values.servers.kafka.forwardPort }}
  KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: CLIENTS:PLAINTEXT,LOCAL:PLAINTEXT,CONTROLLER:PLAINTEXT
  KAFKA_INTER_BROKER_LISTENER_NAME: LOCAL
  KAFKA_CONTROLLER_LISTENER_NAMES: CONTROLLER
  KAFKA_CONTROLLER_QUORUM_VOTERS: 1@127.0.0.1:9093
  KAFKA_LOG_DIRS: /var/lib/kafka/data
  KAFKA_AUTO_CREATE_TOPICS_ENABLE: false
  KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS: 0
  KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR: 1
  KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS: 4
  KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR: 1
  KAFKA_TRANSACTION_STATE_LOG_MIN_ISR: 1
  KAFKA_HEAP_OPTS: -Xms{{ .Values.servers.kafka.heap }} -Xmx{{ .Values.servers.kafka.heap }}
{{- end }}

{{- define "twofold.server.cassandra" -}}
user: 999
port: 9042
data: /var/lib/cassandra
env:
  CASSANDRA_CLUSTER_NAME: {{ include "twofold.fullname" . }}
  MAX_HEAP_SIZE: {{ .Values.servers.cassandra.heap }}
  HEAP_NEWSIZE: 128M
  # No waits for the ring's other nodes: there are none.
  JVM_EXTRA_OPTS: -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=0
{{- end }}

{{- define "twofold.server.mysql" -}}
user: 999
port: 3306
data: /var/lib/mysql
args: [mysqld, --character-set-server=utf8mb4, --skip-log-bin, --performance-schema=OFF, --innodb-buffer-pool-size=128M]
env:
  MYSQL_DATABASE: twofold
  MYSQL_USER: twofold
  MYSQL_PASSWORD_FILE: /run/secrets/mysql/password
  MYSQL_ROOT_PASSWORD_FILE: /run/secrets/mysql/root-password
secret: /run/secrets/mysql
{{- end }}
