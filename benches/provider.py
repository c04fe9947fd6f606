#!/usr/bin/env python3
"""A provider on loopback for benches/own.sh: `provider.py MILLISECONDS [CERTIFICATE KEY]`.

It prints its port, and answers every GET after that time with a list of models; `/most` at once, with how many
connections there were at one time since the last `/most`. With a certificate it speaks TLS.
"""
import asyncio
import ssl
import sys

MODELS = b'{"object":"list","data":[{"id":"some-model","object":"model","owned_by":"nobody"}]}'
delay = int(sys.argv[1]) / 1000
tls = None
if len(sys.argv) > 2:
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(sys.argv[2], sys.argv[3])
open_now = most = 0


async def serve(reader, writer):
    global open_now, most
    open_now += 1
    before, most = most, max(most, open_now)
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        body, status = MODELS, b"200 OK"
        if head.startswith(b"GET /most "):
            body, most = b"%d" % before, 0
        else:
            await asyncio.sleep(delay)
            if b"\r\nauthorization: bearer " not in head.lower():
                body, status = b"{}", b"401 Unauthorized"
    except (asyncio.IncompleteReadError, ConnectionError):
        return writer.close()
    finally:
        # Before the answer: from then on, the client may be here again.
        open_now -= 1
    head = b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
    writer.write(head % (status, len(body)) + body)
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
