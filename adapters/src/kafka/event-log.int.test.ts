import { eventLogContract } from '@twofold/core/ports/event-log.contract.ts'
import { openKafkaEventLog } from './event-log.ts'

const url = process.env.TWOFOLD_TEST_KAFKA_URL ?? ''

eventLogContract({ name: 'Kafka', open: async () => ({ log: await openKafkaEventLog({ url }) }) })
