#include <stdio.h>
#include <tillmail.h>

#ifndef SETTINGS
#define SETTINGS "{\"sender\": {\"address\": \"boutique@example.test\", \"name\": \"Au Fournil\"}," \
    " \"smtp\": {\"url\": \"smtps://boutique%40example.test:password@mail.example.test\"}}"
#endif
#define RECEIPT "{\"number\": \"T-1042\", \"date\": \"2026-11-22T18:30:00+01:00\"," \
    " \"to\": \"client@clients.test\", \"text\": \"Baguette        1,20 EUR\\nMerci !\"}"

int main(void)
{
    if (mail_configure(SETTINGS, NULL) != MAIL_OK || mail_send_receipt(RECEIPT, NULL) != MAIL_OK)
        fprintf(stderr, "%s\n", mail_last_error());
    getchar(); /* The till goes on selling; the receipt leaves meanwhile. */
    mail_shutdown(NULL, NULL);
    return 0;
}
