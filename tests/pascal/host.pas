{ The unit in a host as Delphi makes them: floating-point exceptions unmasked, threads, and loading again and again.

  TILLMAIL_TEST_LIBRARY, TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_MAILS, TILLMAIL_TEST_SETTINGS (of a real server),
  TILLMAIL_TEST_TO }
program host;

{$IFNDEF UNICODE}{$MODE DELPHI}{$ENDIF}
{$IFDEF MSWINDOWS}{$APPTYPE CONSOLE}{$ENDIF}

uses
  checks, Classes, SysUtils, Math, TillMail, TillMailJson;

const
  RELOADS = 100;
  THREADS = 8;
  ROUNDS = 12;
  { What Delphi programs start with: all but denormal operands and rounding. }
  DELPHIS_MASK = [exDenormalized, exUnderflow, exPrecision];

type
  TCall = function(const Request: string): string of object;

  TTill = class(TThread)
  public
    Number: Integer;
  protected
    procedure Execute; override;
  end;

var
  Mail: TTillMail;
  Nought: Double;

function Folder: string;
begin
  Result := '{"folder":' + MailJsonQuote(Given('TILLMAIL_TEST_FOLDER')) + ',"language":"fr"}';
end;

function Receipt(const Number: string): string;
begin
  Result := '{"number":' + MailJsonQuote(Number) + ',"date":"2026-11-22T18:30:00+01:00","to":"' +
    Given('TILLMAIL_TEST_TO') + '","text":' + MailJsonQuote(MailText('Caf\u00e9 6,50 \u20ac')) + '}';
end;

{ Wants this code; floating point stays as Delphi has it: same words, and a division by zero is still an exception. }
function Guarded(const Code, Name: string; Call: TCall; const Request: string): string;
var
  ControlWord: Word;
  {$IFDEF CPUX86_64}
  Vector: Cardinal;
  {$ENDIF}
begin
  ControlWord := Get8087CW;
  {$IFDEF CPUX86_64}
  Vector := GetMXCSR;
  {$ENDIF}
  try
    Result := Call(Request);
    Same(Code, 'MAIL_OK', Name);
  except
    on Failure: ETillMail do
    begin
      Result := Failure.Reply;
      Same(Code, Failure.CodeName, Name + ': ' + Failure.Message);
    end;
  end;
  Check(Get8087CW = ControlWord, Name + ' changed the control word');
  {$IFDEF CPUX86_64}
  // The low six bits only note what happened.
  Check(GetMXCSR and $FFC0 = Vector and $FFC0, Name + ' changed MXCSR');
  {$ENDIF}
  Check(GetExceptionMask = DELPHIS_MASK, Name + ' masked exceptions');
  try
    Nought := 1 / Nought;
    Check(False, Name + ': a division by zero is no exception any more');
  except
    on EZeroDivide do
      Nought := 0;
  end;
end;

procedure Unmasked;
var
  Id, Reply: string;
begin
  SetExceptionMask(DELPHIS_MASK);
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Guarded('MAIL_OK', 'Init', Mail.Init, Folder);
  Guarded('MAIL_OK', 'Configure', Mail.Configure, Given('TILLMAIL_TEST_SETTINGS'));
  Guarded('MAIL_E_TYPE', 'Configure', Mail.Configure, '{"smtp":{"port":1e400}}');
  Guarded('MAIL_E_TYPE', 'Configure', Mail.Configure, '{"smtp":{"port":46.5}}');
  Guarded('MAIL_OK', 'Settings', Mail.Settings, '');
  Guarded('MAIL_OK', 'Presets', Mail.Presets, '{"address":"boutique@gmail.com"}');
  Reply := Guarded('MAIL_OK', 'Verify', Mail.Verify, '{"to":"' + Given('TILLMAIL_TEST_TO') + '"}');
  Same('rcpt_to', MailJsonText(Reply, 'steps[7].step'), 'Verify: ' + Reply);
  Reply := Guarded('MAIL_OK', 'SendReceipt', Mail.SendReceipt, Receipt('F-1'));
  Id := MailJsonText(Reply, 'id');
  Reply := Guarded('MAIL_OK', 'Wait', Mail.Wait, '{"id":' + Id + ',"timeout_ms":60000}');
  Same('sent', MailJsonText(Reply, 'mail.state'), 'Wait: ' + Reply);
  Guarded('MAIL_OK', 'SendMessage', Mail.SendMessage, '{"to":["' + Given('TILLMAIL_TEST_TO') + '"],"subject":"x","text":"x"}');
  Guarded('MAIL_OK', 'SaveAndTest', Mail.SaveAndTest, '{"to":"' + Given('TILLMAIL_TEST_TO') + '"}');
  Guarded('MAIL_OK', 'Journal', Mail.Journal, '');
  Guarded('MAIL_OK', 'Health', Mail.Health, '');
  Guarded('MAIL_E_STATE', 'Retry', Mail.Retry, '{"id":' + Id + '}');
  Guarded('MAIL_E_STATE', 'Cancel', Mail.Cancel, '{"id":' + Id + '}');
  Reply := Guarded('MAIL_OK', 'Resend', Mail.Resend, '{"id":' + Id + '}');
  Guarded('MAIL_OK', 'Wait', Mail.Wait, '{"id":' + MailJsonText(Reply, 'id') + ',"timeout_ms":60000}');
  Guarded('MAIL_OK', 'Erase', Mail.Erase, '{"to":"nobody@example.fr"}');
  Guarded('MAIL_OK', 'Shutdown', Mail.Shutdown, '{"wait_ms":60000}');
  Mail.Free;
  SetExceptionMask(DELPHIS_MASK + [exInvalidOp, exZeroDivide, exOverflow]);
end;

procedure TTill.Execute;
var
  Round: Integer;
  Name, Reply: string;
begin
  try
    for Round := 1 to ROUNDS do
    begin
      Name := Format('t%d_%d', [Number, Round]);
      Reply := Mail.SendReceipt(Receipt(Name));
      Same('false', MailJsonText(Reply, 'duplicate'), Name);
      try
        Mail.Health('{"' + Name + '":1}');
        Check(False, Name + ': an unknown field is accepted');
      except
        on Failure: ETillMail do
        begin
          Same(Name, Failure.Field, 'the field of this thread');
          Same(Failure.Message, Mail.LastError, 'the sentence of this thread');
        end;
      end;
    end;
  except
    on Failure: Exception do
      Check(False, Name + ': ' + Failure.Message);
  end;
end;

procedure Threads_;
var
  Tills: array[1..THREADS] of TTill;
  At: Integer;
begin
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Mail.Init(Folder);
  Mail.Configure('{"folder":{"path":' + MailJsonQuote(Given('TILLMAIL_TEST_MAILS')) + '}}');
  for At := 1 to THREADS do
  begin
    Tills[At] := TTill.Create(True);
    Tills[At].Number := At;
    Tills[At].{$IFDEF FPC}Start{$ELSE}Resume{$ENDIF};
  end;
  for At := 1 to THREADS do
  begin
    Tills[At].WaitFor;
    Tills[At].Free;
  end;
  Mail.Shutdown('{"wait_ms":60000}');
  Mail.Free;
end;

{ Every other time without a shutdown: what the library still runs must survive being closed. }
procedure Reload;
var
  Round: Integer;
  Reply: string;
begin
  for Round := 1 to RELOADS do
  begin
    Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
    try
      Mail.Init(Folder);
      Reply := Mail.SendReceipt(Receipt('R-' + IntToStr(Round)));
      Same('false', MailJsonText(Reply, 'duplicate'), Reply);
      if Odd(Round) then
        Mail.Shutdown;
    finally
      Mail.Free;
    end;
  end;
end;

procedure WaitUntilNone(const State: string);
var
  Begun: TDateTime;
begin
  Begun := Now;
  while MailJsonText(Mail.Journal('{"state":"' + State + '","limit":1}'), 'mails[0].id') <> '' do
  begin
    Check((Now - Begun) * 86400 < 120, 'mails stay ' + State);
    if (Now - Begun) * 86400 >= 120 then
      Exit;
    Sleep(20);
  end;
end;

{ Nothing of all that was lost, and nothing is there twice. }
procedure AllSent;
var
  Page, Before: string;
  At, Sent: Integer;
  More: Boolean;
begin
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Mail.Init(Folder);
  WaitUntilNone('queued');
  WaitUntilNone('sending');
  Sent := 0;
  Before := '';
  repeat
    Page := Mail.Journal('{"state":"sent","limit":100' + Before + '}');
    At := 0;
    while MailJsonText(Page, 'mails[' + IntToStr(At) + '].state') = 'sent' do
    begin
      if MailJsonText(Page, 'mails[' + IntToStr(At) + '].number') <> '' then
        Inc(Sent, Ord(MailJsonText(Page, 'mails[' + IntToStr(At) + '].emission') = '1'));
      Inc(At);
    end;
    More := MailJsonText(Page, 'next') <> '';
    Before := ',"before":' + MailJsonText(Page, 'next');
  until not More;
  WriteLn('sent=', Sent);
  Mail.Shutdown('{"wait_ms":60000}');
  Mail.Free;
end;

begin
  Unmasked;
  Threads_;
  Reload;
  AllSent;
  Ended;
end.
