/** The servers that the system runs on, as tests start them: compose.yaml and the chart are held to the same. */
export const serverImages = { kafka: 'apache/kafka:4.3.1', cassandra: 'cassandra:5.0.9', mysql: 'mysql:9' } as const
