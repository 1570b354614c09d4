{ What a host gets to see when something is wrong: in a call, and when the library cannot be loaded.

  TILLMAIL_TEST_LIBRARY, TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_MAILS, TILLMAIL_TEST_OLDER (a library of
  interface 0), TILLMAIL_TEST_OTHER (a library of interface 99 that has nothing else), TILLMAIL_TEST_NONE (a
  file that is no library) }
program failures;

{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$IFDEF MSWINDOWS}{$APPTYPE CONSOLE}{$ENDIF}

uses
  checks, SysUtils, TillMail, TillMailJson;

function Contains(const Part, Text: string): Boolean;
begin
  Result := Pos(Part, Text) > 0;
end;

procedure DoesNotLoad(const Path, French, English: string);
var
  Shown: string;
begin
  Shown := Path;
  if Shown = '' then
    Shown := ExtractFilePath(ParamStr(0)) + {$IFDEF MSWINDOWS}'tillmail.dll'{$ELSE}'libtillmail.so.1'{$ENDIF};
  try
    TTillMail.Create(Path).Free;
    Check(False, Path + ' loads');
  except
    on Failure: ETillMailLoad do
    begin
      Check(Contains(Shown, Failure.Message), 'the path is not in ' + Failure.Message);
      Check(Contains(MailText(French), Failure.Message), MailText(French) + ' is not in ' + Failure.Message);
      Check(Contains(English, Failure.Message), English + ' is not in ' + Failure.Message);
      Check(Failure.Code = MAIL_NOT_LOADED, 'the code of a load error');
      Same('MAIL_NOT_LOADED', Failure.CodeName, 'the name of a load error');
      Check(not Contains('()', Failure.Message), 'no reason: ' + Failure.Message);
      {$IFDEF MSWINDOWS}
      Check((English <> 'does not load') or Contains('[126]', Failure.Message) or Contains('[193]', Failure.Message),
        'neither missing nor of other bits: ' + Failure.Message);
      {$ENDIF}
    end;
  end;
end;

procedure Loading;
begin
  DoesNotLoad('', 'ne se charge pas', 'does not load');
  DoesNotLoad(Given('TILLMAIL_TEST_FOLDER') + PathDelim + MailText('\u00e9t\u00e9.so'), 'du m\u00eame nombre de bits',
    'does not load');
  DoesNotLoad(Given('TILLMAIL_TEST_NONE'), 'La biblioth\u00e8que', 'does not load');
  DoesNotLoad(Given('TILLMAIL_TEST_OLDER'), 'trop ancienne', 'has version 0 of the interface, this program needs 1');
  DoesNotLoad(Given('TILLMAIL_TEST_OTHER'), 'mail_init y manque', 'it lacks mail_init');
end;

procedure Calls(Mail: TTillMail);
begin
  Mail.Init('{"folder":' + MailJsonQuote(Given('TILLMAIL_TEST_FOLDER')) + ',"language":"fr"}');
  try
    Mail.Configure('{"smtp":{"prot":465}}');
    Check(False, 'an unknown field is accepted');
  except
    on Failure: ETillMail do
    begin
      Check(Failure.Code = MAIL_E_UNKNOWN_FIELD, 'Code');
      Same('MAIL_E_UNKNOWN_FIELD', Failure.CodeName, 'CodeName');
      Same('request', Failure.ErrorClass, 'ErrorClass');
      Same('smtp.prot', Failure.Field, 'Field');
      Same(MailText('champ inconnu, vouliez-vous dire `port` ?'), Failure.MailMessage, 'MailMessage');
      Same(MailText('`smtp.prot` : champ inconnu, vouliez-vous dire `port` ?'), Failure.Message, 'Message');
      Same('', Failure.Hint, 'Hint');
      Same('4', MailJsonText(Failure.Reply, 'error.code'), 'Reply');
    end;
  end;
  Mail.Configure('{"sender":{"address":"boutique@example.fr"},"folder":{"path":' +
    MailJsonQuote(Given('TILLMAIL_TEST_MAILS')) + '}}');
  try
    Mail.SendReceipt('{"number":"1","date":"2026-11-22T18:30:00+01:00","to":"client@@example.fr","text":' +
      MailJsonQuote(MailText('Caf\u00e9')) + '}');
    Check(False, 'an impossible address is accepted');
  except
    on Failure: ETillMail do
    begin
      Check(Failure.Code = MAIL_E_ADDRESS, 'Code of an address');
      Same('Vouliez-vous dire client@example.fr ?', Failure.Hint, 'Hint of an address');
      Same(Failure.Message, Mail.LastError, 'LastError');
    end;
  end;
end;

{ Each round of a good and a bad call makes two replies: valgrind counts those that nobody frees. }
procedure ManyCalls(Mail: TTillMail);
var
  Round: Integer;
begin
  for Round := 1 to 50 do
  begin
    Check(MailJsonText(Mail.Health, 'configured') = 'true', 'health');
    try
      Mail.Configure;
    except
      on Failure: ETillMail do
        Check(Failure.Code = MAIL_E_NULL, 'no request');
    end;
  end;
end;

{ The C functions themselves, for who wants them. }
procedure Raw(Mail: TTillMail);
var
  Reply: PAnsiChar;
begin
  Reply := nil;
  Check(Mail.Api.mail_health('{"nothing":1}', @Reply) = MAIL_E_UNKNOWN_FIELD, 'mail_health');
  Check(MailJsonText(MailHost(MailFromUtf8(Reply), True), 'error.field') = 'nothing', 'its reply');
  Mail.Api.mail_free(Reply);
  Check(Mail.Api.mail_health(nil, nil) = MAIL_OK, 'mail_health without a reply');
  Same(Mail.Version, string(AnsiString(Mail.Api.mail_version)), 'version');
  Check(Mail.AbiVersion >= TILLMAIL_ABI_VERSION, 'interface');
end;

var
  Mail: TTillMail;

begin
  Loading;
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Same(Given('TILLMAIL_TEST_LIBRARY'), Mail.LibraryPath, 'LibraryPath');
  Calls(Mail);
  ManyCalls(Mail);
  Raw(Mail);
  Mail.Shutdown;
  Mail.Free;
  Ended;
end.
