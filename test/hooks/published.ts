import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/*
 * What senders publish: documents as they stood at their addresses on some day, and certificates that are made here.
 */

/** Google's keys for its tokens (www.googleapis.com/oauth2/v3/certs), as panva/wellknown kept them. */
export const googleDocument = JSON.stringify({
  keys: [
    {
      e: 'AQAB',
      n: 'oAP5OnSzKfkEV2QMm2XCuu4G8VGRBOyhKg-4H04WzYzPqM_Tmqi60Vod96JTo7SfM0OoGeNnlkWNjjBWkSS66alNLrvTNLi0A-KGeBsZiIFmrbsP6HHJfFzPd0Mci7-e11fNKecZgbC1me9PtRXFZb9JprZGFOvBiMwU0rRvh0GWYmTFj1HFjOIMAwTGOKOVGNuPjv0b3V0YaAkUNklzi4MM6qgzUb0tE0so1Ii7kBe7roMScS2USPeeJkeoPjLEbQcrT8MxOSxH-JgPLfq-zOnEJ6ERW3mtXdZCNzqmVLn5yjX5lKr5E2vgkPAHx9NLZ09fo_L9woeX_5epl6cIkQ',
      kty: 'RSA',
      use: 'sig',
      kid: '6719678351a5faedc2e70274bbea62da2a8c4a12',
      alg: 'RS256',
    },
    {
      alg: 'RS256',
      e: 'AQAB',
      n: 'w-l_VE4KNa22n4nsMwcabujowm924YoQQnwOz_dPYHmDI1O-r2bqw6mHmByXwii7aaeIMHJZWpmT5SkR3OYIu5RbSgiU-8JrQoplW_vZY2IqG1y5-frPC_9gnz_0qKKjtjqglCP-1AlfOdu7r5kOpkOACs5mWn4tm1K9R1EPjk2T_MMO7FkteZd8woh1fwUUuvbhPyDxBzx9EUsnGWbpTndOYc7W-EUk1jMtWBk3buLeaypVaOLWranK_XFrX-xx03BohrfinOqmftYgc0z94sxix7X1G36JZeh8-jpUhwyBPinBxOZOE_5kQn4CYM66Ygxwiws0ZJ-klG2qTi239w',
      kid: '674dbba8faee69acae1bc1be190453678f472803',
      use: 'sig',
      kty: 'RSA',
    },
  ],
});

/** One of the keys of tenants and one of personal accounts, out of Microsoft's list (login.microsoftonline.com/common/discovery/v2.0/keys). */
export const microsoftKeys = [
  {
    kty: 'RSA',
    use: 'sig',
    kid: 'd-Zi0Gbus4sEaOqXgU8pMvYc3KI',
    x5t: 'd-Zi0Gbus4sEaOqXgU8pMvYc3KI',
    n: 'tZkObytQ39ThlVBWSLN6MXaCWNBXWuXLbeZWibiBcy0-jofuTmdqek9yVOMxAx9R7N5DeUcrgjgVnSvmbAmhJ0AHA9HW8UE8g7VvN3prCzCPen5eE4biDViOe9DvLznrt5GM4jpzgiDelfiLKnH2kW9zliyKaEjn1LUqU82WTeBk1uT3rvP5n1kifbNsvhTxV3P3oNKREHaWyrfJ96tL2mNvwh2c1-BOkO4AAjKuuXoiwS19_biEtFyaQ3XvNLZTx1aG_8Mc0dEj9eTg3ia-2B_fIWTVeAUzPA670ykdNED9NsmzCy0sAmWDXfnjChbu8YMW-dYmgoh8MvvsCdsDQw',
    e: 'AQAB',
    x5c: ['MIIC6TCCAdGgAwIBAgIIQtu9WGiou1kwDQYJKoZIhvcNAQELBQAwIzEhMB8GA1UEAxMYbG9naW4='],
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
  },
  {
    kty: 'RSA',
    use: 'sig',
    kid: '8IIDH6M8c3cXoeojKme8Jvqsr2Y',
    n: '2R-KAyu-brLfaWghHVIiytR5D-_4HqCQ8rDCSjoAQ0UzK9zRJQYdcgDh0sryyqQZvjyTtWoq0ZO249kMVTtnvAHkXANmPHU06w2u5Ov5gnli3KaTviaOxFEgCNIPiAKJpwg3tD1QcdA2Gd6pYsWNhtVcTsfQf0qhR2K4pnYdhZK-VW5HnBqMKGZ_M75UCVGJJlSfQeFIFy9MquPsSmSFIa4YmINlmGTd6chq5NajyZlmMywDxAf3VLyPtVBGL_R0OaiF5ZWLJ5_yJ5Po5Xzq0iOGgCTr153wjDig8HBJld1YCn8PziUQQylFCinTfUB9qmFCxjcpnIh4dU-uTTPEEQ',
    e: 'AQAB',
    issuer: 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0',
  },
] as const;

/** Where Amazon's certificate below is, and a message that Amazon signed with its key: out of the tests of aws/aws-sdk-java-v2. */
export const amazonAddress = 'https://sns.us-west-2.amazonaws.com/SimpleNotificationService-7506a1e35b36ef5a444dd1a8e7cc3ed8.pem';
export const amazonMessage = {
  Type: 'Notification',
  MessageId: '9d2c5580-b61d-550c-8583-37a582870907',
  TopicArn: 'arn:aws:sns:us-west-2:131990247566:dongie-standard-topic',
  Message: 'This message uses signature version 2.',
  Timestamp: '2026-03-06T20:00:26.893Z',
  SignatureVersion: '2',
  Signature:
    'kGNJ7FIM5DJxRv9bdoSJBty2WHpADFWrJ0ZQU/A2sALy6tBE5hqfUvPRlklTJ+PACFMguoFOO7W6ac/Bs4gR+JBRFhx4598X8/HWzrmaLrtB2f7nzViHbpzYN+u+OewXhxjj2lNsu0bLKv6fogkACytDIOhjZylbfJoPphDYAB7T3Ila7u+K3m2wLHH4k1cPYKyBf5FI/kAoQAVsY6qFHeb6CWfHsdM98I2gwyEvwJSzW0iyYBfqckmthQwH3Ex53jrhQlZylXFDYmstSJAdvbLeGqIUxKyk+O25wYgBjbbbeR+2qE2UCGEQrk1Bq018wmTxdHZmDhoBjJXiGmFkfg==',
  SigningCertURL: amazonAddress,
};
export const amazonCertificate = `-----BEGIN CERTIFICATE-----
MIIFxTCCBK2gAwIBAgIQBkyRNHAyygLkObkxH5ju+zANBgkqhkiG9w0BAQsFADA8
MQswCQYDVQQGEwJVUzEPMA0GA1UEChMGQW1hem9uMRwwGgYDVQQDExNBbWF6b24g
UlNBIDIwNDggTTAxMB4XDTI1MTExMDAwMDAwMFoXDTI2MTAxNDIzNTk1OVowHDEa
MBgGA1UEAxMRc25zLmFtYXpvbmF3cy5jb20wggEiMA0GCSqGSIb3DQEBAQUAA4IB
DwAwggEKAoIBAQChbVNQ+DEaT5WN+l+bg0iEeF666Z6LDFc1KJr4lNl0odcXQSsk
KsZYCMVdp4I/Ikk9zWyckRTMkmQGYimpD+bTsMCP5C/sJIU0E9Y2OXjjl5Videkq
qnRL9VdE5N41Rvks7S/5MpYcSmCsmaHfwcv82Gvx2zm9CrA5Xu7K2ZqhzRQPCRSP
mHTHQr4ED63ujE+qTpPgQZ0TvgmcrAc08Z75Z7Zzs17aTNc3YhAtQx9WowN8uiHk
kgc+ONNdtwKvWZNmnbmxMHYtYc291WCP1K1Nh4TV5XNyjIebzQKDrqTCN0ItAr1x
e6Bl3BYS3SG9XHAy0q3ekITzQsKypcuaK6dTAgMBAAGjggLhMIIC3TAfBgNVHSME
GDAWgBSBuA5jiokSGOX6OztQlZ/m5ZAThTAdBgNVHQ4EFgQUBQEUzzzuVJAKzAlR
d0Q//W6HvZUwHAYDVR0RBBUwE4IRc25zLmFtYXpvbmF3cy5jb20wEwYDVR0gBAww
CjAIBgZngQwBAgEwDgYDVR0PAQH/BAQDAgWgMBMGA1UdJQQMMAoGCCsGAQUFBwMB
MDsGA1UdHwQ0MDIwMKAuoCyGKmh0dHA6Ly9jcmwucjJtMDEuYW1hem9udHJ1c3Qu
Y29tL3IybTAxLmNybDB1BggrBgEFBQcBAQRpMGcwLQYIKwYBBQUHMAGGIWh0dHA6
Ly9vY3NwLnIybTAxLmFtYXpvbnRydXN0LmNvbTA2BggrBgEFBQcwAoYqaHR0cDov
L2NydC5yMm0wMS5hbWF6b250cnVzdC5jb20vcjJtMDEuY2VyMAwGA1UdEwEB/wQC
MAAwggF/BgorBgEEAdZ5AgQCBIIBbwSCAWsBaQB3ANdtfRDRp/V3wsfpX9cAv/mC
yTNaZeHQswFzF8DIxWl3AAABmnAb33MAAAQDAEgwRgIhANXAgMEZWU326cqxqwnf
ntD0XcBjRbmvVMOp3hZ8boPXAiEAkI3NTMXcdLCChHak1ipOae7K7r3spMGUMk6Q
cEUKqBEAdgDCMX5XRRmjRe5/ON6ykEHrx8IhWiK/f9W1rXaa2Q5SzQAAAZpwG9+u
AAAEAwBHMEUCIQD+Qyok8NYaFuQkccW+XIMmxHxj6Yka2wjtg6UN/tbU5wIgcp4z
8MyC/dUfeLRuHAt0owtVgEu7xXqrMBOYlbXrfC4AdgDLOPcViXyEoURfW8Hd+8lu
8ppZzUcKaQWFsMsUwxRY5wAAAZpwG9+yAAAEAwBHMEUCIQCmu1jQUG9A2br7OqwM
FvQXtBX10yIvvDa6a2Ov1Zgg6gIgKlqRvN6WhX0pSHAN2bKmjRwIUI3X9kjS/A/m
DYULaV4wDQYJKoZIhvcNAQELBQADggEBAIbTQWQhqrG6SzwLq79tKCpI0aL0xlD+
/jrGPxpwTlK7rtAArHiEVh/bsmwLYRlIxPBiU+NE/kqeT0lhJA6/e3X3KRmnpJ6u
Z70PJGYwmZbSRsFom0vGFBMncX0qYx1iD0dooPeAkkSnM5j81rBh+FepV3HfF+tA
9gaglWLsU7Z/A0fdn9D32UPreVHloOut5EyEinvXRUAWZco9CRloyEXJr7Mxq9MZ
vYOK+5wuSPHnPij+fGlQsPxEgoTnCmU03PqNS49kL13jjEnYYdijqL+4rfHtuZbc
4hlVoZfttwg8wD3m5brhQ+GkBBNYN8HFtdVy/BnFi+SPJqv6BgB3Y00=
-----END CERTIFICATE-----
`;

/** A member of an ASN.1 value in DER. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const size =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), body]);
}

const sequence = (...parts: readonly Buffer[]): Buffer => der(0x30, ...parts);
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'));
const sha256WithRsa = sequence(oid('2a864886f70d01010b'), der(0x05));
const nameOf = (text: string): Buffer => sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(text)))));
const timeOf = (ms: number): Buffer => der(0x17, Buffer.from(`${new Date(ms).toISOString().slice(2, 19).replaceAll(/[-T:]/g, '')}Z`));
const extension = (id: string, value: Buffer): Buffer => sequence(oid(id), der(0x04, value));

/** Who has a certificate, or makes one out. */
export interface Party {
  readonly name: string;
  readonly keys: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
}

/** Makes a party with a key of its own. */
export const party = (name: string, modulusLength = 2048): Party => ({ name, keys: generateKeyPairSync('rsa', { modulusLength }) });

/** A certificate in PEM (RFC 5280), good for the days around a time. */
export function certificate(
  subject: Party,
  issuer: Party,
  { atMs, host, ca = false, days = 30 }: { readonly atMs: number; readonly host?: string; readonly ca?: boolean; readonly days?: number },
): string {
  const names = host === undefined ? [] : [extension('551d11', sequence(der(0x82, Buffer.from(host))))];
  const constraints = ca ? [extension('551d13', sequence(der(0x01, Buffer.from([0xff]))))] : [];
  const serial = createHash('sha256').update(subject.name).digest().subarray(0, 8);
  serial[0] = 0x11;
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    sha256WithRsa,
    nameOf(issuer.name),
    sequence(timeOf(atMs - days * 86_400_000), timeOf(atMs + days * 86_400_000)),
    nameOf(subject.name),
    subject.keys.publicKey.export({ format: 'der', type: 'spki' }),
    ...(names.length + constraints.length === 0 ? [] : [der(0xa3, sequence(...constraints, ...names))]),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, issuer.keys.privateKey));
  const text = sequence(body, sha256WithRsa, signature)
    .toString('base64')
    .replaceAll(/(.{64})/g, '$1\n');
  return `-----BEGIN CERTIFICATE-----\n${text.trimEnd()}\n-----END CERTIFICATE-----\n`;
}
