import { expect, test } from 'vitest'
import { redactUrl } from './redact-url.ts'

test.each([
  ['mysql://root:root@db:3306/rows', 'mysql://root:***@db:3306/rows'],
  ['cassandra://u:p@ss:w@a:9042,b:9042/ks', 'cassandra://u:***@a:9042,b:9042/ks'],
  ['kafka://a:9092,b:9092', 'kafka://a:9092,b:9092'],
  ['kafka://a:9092?sasl_password=hush&x=1', 'kafka://a:9092?sasl_password=***&x=1'],
  ['none at mysql://root:root@db/x, nor at mysql://u:p@e/y', 'none at mysql://root:***@db/x, nor at mysql://u:***@e/y'],
  ['sqlite:./data/log.db', 'sqlite:./data/log.db'],
  [`the key web.tf_${'x'.repeat(43)}, say`, 'the key web.tf_***, say'],
  ['{"authorization":"Bearer web.hush"}', '{"authorization":"Bearer ***"}'],
  ['AUTHORIZATION: BEARER web.hush', 'AUTHORIZATION: BEARER ***'],
  ['bearer of news, tf_short', 'bearer *** news, tf_short'],
])('the passwords of %j are hidden', (text, redacted) => {
  expect(redactUrl(text)).toBe(redacted)
})
