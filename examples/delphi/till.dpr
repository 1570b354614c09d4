{ Stands for a till, as examples/till.c does: till FOLDER RECEIPT.json writes the mail to FOLDER/mails. In the
  environment, to send for real: TILLMAIL_SMTP_URL, TILLMAIL_FROM, TILLMAIL_TO, TILLMAIL_CA_FILE. }
program till;
{$APPTYPE CONSOLE}
uses {$IFDEF UNIX}cthreads, cwstring, {$ENDIF}Classes, SysUtils, TillMail, TillMailJson;
{ What the environment says, as a JSON string. }
function Setting(const Name, Default: string): string;
begin
  Result := MailJsonQuote(GetEnvironmentVariable(Name));
  if Result = '""' then Result := Default;
end;
function Utf8File(const Path: string): string;
var Bytes: TMemoryStream;
begin
  Bytes := TMemoryStream.Create;
  Bytes.LoadFromFile(Path);
  Bytes.Size := Bytes.Size + 1;
  PAnsiChar(Bytes.Memory)[Bytes.Size - 1] := #0;
  Result := MailHost(MailFromUtf8(Bytes.Memory), True);
  Bytes.Free;
end;
var Mail: TTillMail; Url, Folder, Id: string;
begin
  try
    Mail := TTillMail.Create;
    Mail.Init('{"language":"fr","folder":' + MailJsonQuote(ParamStr(1) + PathDelim + 'state') + '}');
    Url := Setting('TILLMAIL_SMTP_URL', 'null');
    if Url = 'null' then Folder := MailJsonQuote(ParamStr(1) + PathDelim + 'mails') else Folder := 'null';
    Mail.Configure('{"language":"fr","folder":{"path":' + Folder + '},"smtp":{"url":' + Url + ',"ca_file":' +
      Setting('TILLMAIL_CA_FILE', 'null') + '},"sender":{"name":"Au Fournil de M\u00e9lusine","address":' +
      Setting('TILLMAIL_FROM', '"boutique@example.com"') + '}}');
    Id := MailJsonText(Mail.SendReceipt(StringReplace(Utf8File(ParamStr(2)), '"client@example.com"',
      Setting('TILLMAIL_TO', '"client@example.com"'), [])), 'id');
    WriteLn('on disk as mail ', Id);
    WriteLn('state: ', MailJsonText(Mail.Wait('{"id":' + Id + ',"timeout_ms":60000}'), 'mail.state'));
    Mail.Shutdown;
  except
    on Failure: ETillMail do begin WriteLn(Failure.Message); Halt(1) end;
  end;
end.
