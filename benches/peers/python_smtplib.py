"""The peer smtplib, Python's own: one connection, prebuilt bytes.

    python_smtplib.py HOST PORT CA.pem|- MAIL COUNT SECONDS

With a CA it uses STARTTLS and AUTH. The first mail is not counted.
"""
import json
import smtplib
import ssl
import sys
import time

host, port, ca, mail_path, count, seconds = sys.argv[1:]
with open(mail_path, "rb") as file:
    mail = file.read()
with smtplib.SMTP(host, int(port), local_hostname="example.test") as server:
    if ca != "-":
        server.starttls(context=ssl.create_default_context(cafile=ca))
        server.login("user", "password")

    def send():
        server.sendmail("boutique@example.test", ["client@example.fr"], mail)

    send()
    start, sent = time.monotonic(), 0
    while sent < int(count) and time.monotonic() - start < float(seconds):
        send()
        sent += 1
    print(json.dumps({"mails": sent, "seconds": time.monotonic() - start}))
