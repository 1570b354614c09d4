{ The settings form of examples/delphi, as a user drives it: a wrong port, a wrong server, a real one, and the test.

  TILLMAIL_TEST_LIBRARY, TILLMAIL_TEST_FOLDER, TILLMAIL_TEST_MAILS, TILLMAIL_TEST_SETTINGS (what the form does not
  show: the real server's authority), TILLMAIL_TEST_PORT, TILLMAIL_TEST_USER, TILLMAIL_TEST_PASSWORD (of the real
  server), TILLMAIL_TEST_CLOSED_PORT (where nobody listens), TILLMAIL_TEST_SILENT_PORT (a server that never answers),
  TILLMAIL_TEST_TO, TILLMAIL_TEST_PICTURE (where the form is painted to, failed and working) }
program dialog;

{$MODE DELPHI}

uses
  checks, Interfaces, Classes, SysUtils, Forms, Graphics, StdCtrls, LCLIntf, LCLType, TillMail, TillMailJson,
  MailSettings;

const
  DEADLINE_S = 120;
  FIRST_SALE = '{"number":"D-1","date":"2026-11-22T18:30:00+01:00","to":"client@example.fr","text":"TOTAL 1,00"}';

var
  Mail: TTillMail;
  Form: TMailSettingsForm;
  Picture: TBitmap;

procedure Open;
begin
  Form := TMailSettingsForm.CreateFor(Mail);
  Form.Position := poDesigned;
  Form.SetBounds(0, 0, Form.Width, Form.Height);
  Form.Show;
  Application.ProcessMessages;
end;

{ Clicks, and lets the form live until the answer is there. }
procedure Press(Button: TButton; const What: string);
var
  Begun: TDateTime;
begin
  Check(Button.Enabled, What + ': the button is not to be clicked');
  Begun := Now;
  Button.OnClick(Button);
  Check((Now - Begun) * 86400 < 30, What + ': the click waits for the network');
  Check(Form.Busy and not Form.Verify.Enabled and not Form.Save.Enabled, What + ': nothing is under way');
  while Form.Busy and ((Now - Begun) * 86400 < DEADLINE_S) do
  begin
    Application.ProcessMessages;
    Sleep(5);
  end;
  Check(not Form.Busy and Form.Verify.Enabled and Form.Save.Enabled, What + ': no end');
  WriteLn(What, ': ', Form.ResultText);
end;

procedure Told(Good: Boolean; const Part, What: string);
begin
  Check(Pos(MailText(Part), Form.ResultText) > 0, What + ': ' + MailText(Part) + ' is not in ' + Form.ResultText);
  Check((Green(Form.ResultColor) > Red(Form.ResultColor)) = Good, What + ': the colour');
end;

procedure Fill(const Host, Port, User, Password: string);
begin
  Form.Fields[mfSender].Text := 'boutique@example.test';
  Form.Fields[mfHost].Text := Host;
  Form.Fields[mfPort].Text := Port;
  Form.Fields[mfUser].Text := User;
  Form.Fields[mfPassword].Text := Password;
  Form.StartSsl.Checked := True;
  Form.TestTo.Text := Given('TILLMAIL_TEST_TO');
end;

{ What stands on the screen, below what was painted before. }
procedure Paint(Column: Integer);
var
  Screen_: TBitmap;
  Device: HDC;
  Begun: TDateTime;
begin
  Begun := Now;
  while (Now - Begun) * 86400 < 0.5 do
    Application.ProcessMessages;
  Screen_ := TBitmap.Create;
  Device := GetDC(0);
  Screen_.LoadFromDevice(Device);
  ReleaseDC(0, Device);
  Picture.PixelFormat := pf24bit;
  Picture.SetSize((Form.Width + 8) * 2 - 8, Form.Height);
  if Column = 0 then
  begin
    Picture.Canvas.Brush.Color := clWhite;
    Picture.Canvas.FillRect(0, 0, Picture.Width, Picture.Height);
  end;
  Picture.Canvas.CopyRect(Bounds(Column * (Form.Width + 8), 0, Form.Width, Form.Height), Screen_.Canvas,
    Bounds(Form.Left, Form.Top, Form.Width, Form.Height));
  Screen_.Free;
end;

procedure WrongOnes;
begin
  Open;
  Check(Form.Buy.Parent.Visible and (Form.Buy.Caption = MailText('Acheter un pack \u00ab DOMAINE + MAIL \u00bb')),
    'the offer: ' + Form.Buy.Caption);
  Same('', Form.Fields[mfHost].Text, 'nothing is saved yet');
  Fill('localhost', 'abc', Given('TILLMAIL_TEST_USER'), 'secret');
  Press(Form.Verify, 'a port of letters');
  Told(False, 'un nombre entier de 0 \u00e0 65535 est attendu', 'a port of letters');
  Check(Form.Fields[mfPort].Color <> clWindow, 'the port is not marked');
  Fill('localhost', Given('TILLMAIL_TEST_CLOSED_PORT'), Given('TILLMAIL_TEST_USER'), 'secret');
  Press(Form.Verify, 'a closed port');
  Told(False, 'localhost', 'a closed port');
  Check(Form.Fields[mfPort].Color = clWindow, 'the port is still marked');
  Fill('localhost', Given('TILLMAIL_TEST_PORT'), Given('TILLMAIL_TEST_USER'), 'faux');
  Press(Form.Verify, 'a wrong password');
  Told(False, 'mot de passe', 'a wrong password');
  Same('', MailJsonText(Mail.Settings, 'settings.smtp.host'), 'a verification saves nothing');
  Paint(0);
end;

procedure RightOnes;
begin
  Fill('localhost', Given('TILLMAIL_TEST_PORT'), Given('TILLMAIL_TEST_USER'), Given('TILLMAIL_TEST_PASSWORD'));
  Press(Form.Verify, 'the right password');
  Told(True, 'Ces r\u00e9glages fonctionnent', 'the right password');
  Paint(1);
  Press(Form.Save, 'no sale yet');
  Told(False, 'Aucune vente \u00e0 imprimer', 'no sale yet');
  Same('localhost', MailJsonText(Mail.Settings, 'settings.smtp.host'), 'saved all the same');
  Same('********', Form.Fields[mfPassword].Text, 'the password is masked');
  Check(not Form.Buy.Parent.Visible, 'the offer goes with the notice');
  Form.FirstSale := FIRST_SALE;
  Press(Form.Save, 'with a sale');
  Told(True, 'le test est parti vers ' + Given('TILLMAIL_TEST_TO'), 'with a sale');
  Form.Free;
end;

{ A folder account has no server: the fields stay empty, and the buttons work. }
procedure FolderAccount;
begin
  Mail.Configure('{"smtp":null,"folder":{"path":' + MailJsonQuote(Given('TILLMAIL_TEST_MAILS')) + '}}');
  Open;
  Same('', Form.Fields[mfHost].Text, 'no server');
  Form.FirstSale := FIRST_SALE;
  Press(Form.Verify, 'a folder');
  Told(True, 'Ces r\u00e9glages fonctionnent', 'a folder');
  Form.TestTo.Text := 'moi@example.fr';
  Press(Form.Save, 'a test into the folder');
  Told(True, 'moi@example.fr', 'a test into the folder');
  Form.Free;
end;

{ The form may go while its call waits for a server that says nothing. }
procedure ClosedMeanwhile;
var
  Begun: TDateTime;
begin
  Mail.Configure('{"folder":null}');
  Open;
  Fill('localhost', Given('TILLMAIL_TEST_SILENT_PORT'), 'x', 'x');
  Form.Verify.OnClick(Form.Verify);
  Check(Form.Busy, 'the silent server is asked');
  Form.Free;
  Begun := Now;
  while (Now - Begun) * 86400 < 1 do
    Application.ProcessMessages;
end;

begin
  Application.Initialize;
  Picture := TBitmap.Create;
  Mail := TTillMail.Create(Given('TILLMAIL_TEST_LIBRARY'));
  Mail.Init('{"language":"fr","folder":' + MailJsonQuote(Given('TILLMAIL_TEST_FOLDER')) + '}');
  Mail.Configure(Given('TILLMAIL_TEST_SETTINGS'));
  WrongOnes;
  RightOnes;
  FolderAccount;
  ClosedMeanwhile;
  with TPortableNetworkGraphic.Create do
  begin
    Assign(Picture);
    SaveToFile(Given('TILLMAIL_TEST_PICTURE'));
    Free;
  end;
  Picture.Free;
  Mail.Shutdown;
  Ended;
end.
